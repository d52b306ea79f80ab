"""What the cost basis dialogs ask for. The services judge it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portfolios.forms import COMMA, Described, plain_number
from portfolios.models import BasisMethod, BasisScope
from portfolios.selectors.lot_choices import LotOption

_YEAR, _LOT = "year_", "lot_"


class BasisForm(Described):
    """Method, scope, start of the tax year, and a method for single tax years."""

    method = forms.ChoiceField(choices=BasisMethod.choices, help_text="Which lots a sale takes.")
    scope = forms.ChoiceField(
        choices=BasisScope.choices,
        help_text="Each location by itself: a sale takes lots of its own exchange or wallet.",
    )
    tax_year_start = forms.CharField(
        label="Tax year starts",
        max_length=5,
        help_text="MM-DD. UK pooling turns 01-01 into 04-06, unless you enter another day.",
    )

    def __init__(self, *args: Any, first_year: int, wanted: dict[str, Any], **kwargs: Any) -> None:
        initial = {name: wanted[name] for name in ("method", "scope", "tax_year_start")}
        chosen = wanted["elections"]
        super().__init__(*args, **{**kwargs, "initial": initial})
        here = datetime.now(UTC).year
        years = sorted({*range(first_year, here + 1), *map(int, chosen)}, reverse=True)
        for year in years:
            self.fields[f"{_YEAR}{year}"] = forms.ChoiceField(
                label=str(year),
                choices=[("", "As above"), *BasisMethod.choices],
                required=False,
                initial=chosen.get(str(year), ""),
            )

    @property
    def years(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(_YEAR)]

    def content(self) -> dict[str, Any]:
        """What the service is told."""
        given = self.cleaned_data
        settings = {name: given[name] for name in ("method", "scope")}
        if "tax_year_start" in self.changed_data:  # else the service knows which goes with it
            settings["tax_year_start"] = given["tax_year_start"]
        return {
            **settings,
            "elections": {
                int(name.removeprefix(_YEAR)): method
                for name, method in given.items()
                if name.startswith(_YEAR) and method
            },
        }


class LotsForm(Described):
    """Units of each lot that a transaction takes; empty: none of it."""

    def __init__(
        self, *args: Any, options: Iterable[LotOption], locale: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.locale, self.options = locale, list(options)
        for option in self.options:
            self.fields[f"{_LOT}{option.opened_by}"] = forms.CharField(
                label=f"Units of the lot of {option.acquired_at:%Y-%m-%d}",
                required=False,
                max_length=60,
                initial=self._shown(option.chosen),
                widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
            )

    def _shown(self, number: Decimal) -> str:
        if not number:
            return ""
        text = f"{number.normalize():f}"
        return text.replace(".", ",") if self.locale in COMMA else text

    @property
    def rows(self) -> list[tuple[LotOption, forms.BoundField]]:
        return [(option, self[f"{_LOT}{option.opened_by}"]) for option in self.options]

    def choices(self) -> list[tuple[int, str]]:
        """What the service is told."""
        return [
            (int(name.removeprefix(_LOT)), plain_number(text, self.locale))
            for name, text in self.cleaned_data.items()
            if name.startswith(_LOT) and text.strip()
        ]

    def put(self, error: ValidationError) -> None:
        """The service's complaints, above the table."""
        for text in error.messages:
            self.add_error(None, text)
