"""What the pages ask for. The services judge it; their errors land on the fields here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.widgets import Widget
from django.utils import timezone

from portfolios.models import Portfolio, Transaction, TransactionType

#: Locales whose decimals follow a comma (accounts.models.Locale).
COMMA = {"de-DE", "fr-FR"}
_GROUPS = str.maketrans(dict.fromkeys("  \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'\u2019", ""))
_LOCAL_TIME = "%Y-%m-%dT%H:%M"


def plain_number(text: str, locale: str) -> str:
    """A number as the reader writes it, as a machine reads it: 1.234,5 is 1234.5 in de-DE."""
    bare = text.strip().translate(_GROUPS)
    if locale in COMMA:
        return bare.replace(".", "").replace(",", ".") if "," in bare else bare
    return bare.replace(",", "")


def put_errors(form: forms.BaseForm, error: ValidationError) -> None:
    """A service's errors onto the fields of the form; what names no field goes above it."""
    found = (
        error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    )
    for field, texts in found.items():
        known = field if field in form.fields else None
        for text in texts:
            form.add_error(known, text)


class Described(forms.Form):
    """Inputs that say which text explains them and whether they are wrong."""

    def describe(self) -> None:
        for name, field in self.fields.items():
            bound = self[name]
            notes = [f"{bound.auto_id}_helptext"] if field.help_text else []
            if self.is_bound and self.errors.get(name):
                notes.insert(0, f"{bound.auto_id}_error")
                field.widget.attrs["aria-invalid"] = "true"
            if notes:
                field.widget.attrs["aria-describedby"] = " ".join(notes)


class PortfolioForm(Described):
    name = forms.CharField(max_length=80, help_text="As you call it: Core, Savings, Experiment.")
    base_currency = forms.ChoiceField(
        label="Base currency", choices=[], help_text="What its figures are written in."
    )
    benchmark = forms.CharField(
        max_length=20, initial="BTC", help_text="What it is compared with, for beta too."
    )
    track_cash = forms.BooleanField(
        label="Track cash",
        required=False,
        help_text="A buy then spends the cash held here, and a sale adds to it.",
    )

    def __init__(self, *args: Any, currencies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base_currency"] = forms.ChoiceField(
            label="Base currency", choices=currencies, help_text="What its figures are written in."
        )
        self.fields["benchmark"].widget.attrs |= {"list": "symbols", "autocomplete": "off"}


_UNITS = {"symbol", "quantity", "location"}
_WORTH = _UNITS | {"price", "currency"}
_FEE = {"fee", "fee_symbol"}
#: Fields beyond date and note that a type has a use for.
SHOWN: dict[str, frozenset[str]] = {
    TransactionType.BUY: frozenset(_WORTH | _FEE),
    TransactionType.SELL: frozenset(_WORTH | _FEE),
    TransactionType.SWAP: frozenset(_WORTH | _FEE | {"to_symbol", "to_quantity"}),
    TransactionType.DEPOSIT: frozenset(_WORTH | _FEE),
    TransactionType.WITHDRAWAL: frozenset(_UNITS | _FEE),
    TransactionType.TRANSFER: frozenset(_UNITS | _FEE | {"to_location"}),
    TransactionType.FEE: frozenset(_UNITS),
    TransactionType.INTEREST: frozenset(_UNITS),
    TransactionType.REWARD: frozenset(_WORTH | _FEE),
    TransactionType.AIRDROP: frozenset(_WORTH | _FEE),
    TransactionType.FORK: frozenset(_WORTH | _FEE),
    TransactionType.GIFT_IN: frozenset(_WORTH | _FEE),
    TransactionType.GIFT_OUT: frozenset(_UNITS | _FEE),
    TransactionType.LOST: frozenset(_UNITS),
}
#: Fields that only one type has a use for: the service refuses them with any other.
ONLY_OF_ONE = {"to_symbol", "to_quantity", "to_location"}


class TransactionForm(Described):
    """All fields as text: the service names what is wrong with each, all at once.

    The page shows the fields of the chosen type alone (SHOWN); without scripts all are there, and
    what does not belong to the type is not handed on.
    """

    portfolio = forms.ModelChoiceField(Portfolio.objects.none(), empty_label=None)
    type = forms.ChoiceField(choices=TransactionType.choices)
    executed_at = forms.DateTimeField(
        label="Date",
        input_formats=[_LOCAL_TIME, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput({"type": "datetime-local", "step": "60"}, format=_LOCAL_TIME),
    )
    symbol = forms.CharField(label="Asset", max_length=20)
    quantity = forms.CharField(max_length=60)
    to_symbol = forms.CharField(label="Received", required=False, max_length=20)
    to_quantity = forms.CharField(label="Quantity received", required=False, max_length=60)
    price = forms.CharField(
        required=False,
        max_length=60,
        help_text="Of one unit. Left out, the day's close.",
    )
    currency = forms.CharField(required=False, max_length=12)
    fee = forms.CharField(required=False, max_length=60)
    fee_symbol = forms.CharField(label="Fee in", required=False, max_length=20)
    location = forms.CharField(required=False, max_length=80, help_text="Exchange or wallet.")
    to_location = forms.CharField(label="To", required=False, max_length=80)
    note = forms.CharField(required=False, max_length=500)
    unmatched = forms.BooleanField(
        label="Accept it though more leaves than is held",
        required=False,
        help_text="What is short has no basis and is listed under “Needs attention”.",
    )

    def __init__(self, *args: Any, locale: str, portfolios: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.locale = locale
        if portfolios is None:
            del self.fields["portfolio"]
        else:
            self.fields["portfolio"] = forms.ModelChoiceField(portfolios, empty_label=None)
        for name in ("quantity", "to_quantity", "price", "fee"):
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        for name in ("symbol", "to_symbol", "currency", "fee_symbol"):
            _symbol(self.fields[name].widget)
        for name in ("location", "to_location"):
            self.fields[name].widget.attrs |= {"list": "places", "autocomplete": "off"}

    @property
    def shown(self) -> dict[str, list[str]]:
        """For the page: the fields of each type, the first words of labels that differ."""
        return {kind: sorted(fields) for kind, fields in SHOWN.items()}

    @property
    def offers_unmatched(self) -> bool:
        """The choice to accept a shortfall is there once there is one."""
        short = self.is_bound and any("held" in str(e) for e in self.errors.get("quantity", []))
        return short or bool(self["unmatched"].value())

    @property
    def has_further(self) -> bool:
        """Whether fee, place or note say something, or are wrong."""
        names = ("fee", "fee_symbol", "note")
        return any(self[name].value() or self.errors.get(name) for name in names)

    def content(self) -> dict[str, Any]:
        """What the service is told; empty optional fields are left to its defaults."""
        given = dict(self.cleaned_data)
        given.pop("portfolio", None)
        for name in ONLY_OF_ONE - SHOWN.get(given["type"], frozenset()):
            given[name] = ""
        for name in ("quantity", "to_quantity", "price", "fee"):
            given[name] = plain_number(given[name], self.locale)
        given["price"] = given["price"] or None
        given["to_quantity"] = given["to_quantity"] or None
        given["fee"] = given["fee"] or "0"
        for name in ("currency", "fee_symbol", "to_symbol"):
            given[name] = given[name].upper() or None
        return given


def _symbol(widget: Widget) -> None:
    widget.attrs |= {"list": "symbols", "autocomplete": "off", "autocapitalize": "characters"}


def now_here() -> str:
    """This minute in the reader's own time zone, as a date field is given it."""
    return f"{timezone.localtime():{_LOCAL_TIME}}"


def initial_of(row: Transaction, locale: str) -> dict[str, Any]:
    """A transaction as its form shows it."""

    def shown(number: Any) -> str:
        if number is None or number == 0:
            return ""
        text = f"{number.normalize():f}"
        return text.replace(".", ",") if locale in COMMA else text

    return {
        "type": row.type,
        "symbol": row.asset.symbol,
        "quantity": shown(row.quantity),
        "to_symbol": row.to_asset.symbol if row.to_asset else "",
        "to_quantity": shown(row.to_quantity),
        "price": "0" if row.price == 0 else shown(row.price),
        "currency": row.currency,
        "fee": shown(row.fee),
        "fee_symbol": row.fee_asset.symbol if row.fee_asset else "",
        "executed_at": timezone.localtime(row.executed_at),
        "location": row.location,
        "to_location": row.to_location,
        "note": row.note,
        "unmatched": row.unmatched,
    }
