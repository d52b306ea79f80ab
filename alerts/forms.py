"""The forms of the page: a risk is typed in percent, a cooldown in minutes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from alerts.models import ChannelKind, Direction, Measure, Rule, Subject
from alerts.selectors import channels_for
from alerts.services import default_channels
from portfolios.selectors import own_portfolios_for

#: In percent: a volatility may be more than the value, what else is watched may not.
HIGHEST_VOLATILITY = 10_000


class RuleForm(forms.Form):
    """One rule, of either subject; the page shows the fields of the chosen one."""

    subject = forms.ChoiceField(label="Watch", choices=Subject.choices)
    symbol = forms.CharField(
        label="Asset",
        error_messages={"required": "Say which asset."},
        max_length=20,
        widget=forms.TextInput(attrs={"list": "alert-assets", "autocomplete": "off"}),
    )
    portfolio = forms.TypedChoiceField(
        label="Portfolio",
        coerce=int,
        empty_value=None,
        error_messages={"required": "Say which portfolio."},
    )
    measure = forms.ChoiceField(
        label="What of it",
        choices=[(one.value, one.label) for one in Measure if one != Measure.PRICE],
        initial=Measure.VAR,
        required=False,
    )
    direction = forms.ChoiceField(label="Tell me when it", choices=Direction.choices)
    threshold = forms.DecimalField(
        label="Line",
        max_digits=38,
        decimal_places=18,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="US dollars per unit; for a risk, percent; for the score, 1 to 10.",
    )
    hysteresis = forms.DecimalField(
        label="Clears after coming back by",
        min_value=0,
        max_value=50,
        initial=1,
        max_digits=6,
        decimal_places=3,
        help_text="Percent of the line, so that noise around it does not ring twice.",
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    cooldown = forms.IntegerField(
        label="Quiet after an alert",
        min_value=0,
        max_value=7 * 24 * 60,
        initial=30,
        help_text="Minutes. A breach that lasts longer is told when they are over.",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    name = forms.CharField(label="Name", required=False, max_length=120)
    channels = forms.TypedMultipleChoiceField(
        label="Where to tell me",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )

    use_required_attribute = False  # the fields of the other subject are hidden, not gone

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        default_channels(user)
        if self.is_bound:
            is_risk = self.data.get("subject") == Subject.RISK
            self.fields["symbol" if is_risk else "portfolio"].required = False
        self._choose(
            "portfolio", [("", "Choose…"), *own_portfolios_for(user).values_list("pk", "name")]
        )
        self._choose("channels", [(channel.pk, str(channel)) for channel in channels_for(user)])

    def _choose(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for pointer in ("symbol", "portfolio"):
            self.fields[pointer].required = True  # drawn again, either subject may be chosen
        threshold = cleaned.get("threshold")
        highest = HIGHEST_VOLATILITY if cleaned.get("measure") == Measure.VOLATILITY else 100
        if _is_percent(cleaned) and threshold and not 0 < threshold < highest:
            self.add_error("threshold", f"Percent: between 0 and {highest:,}.")
        return cleaned

    def spec(self) -> dict[str, Any]:
        """The line as the services take it, without the pointer of the other subject."""
        data = self.cleaned_data
        is_risk = data["subject"] == Subject.RISK
        return {
            "name": data["name"],
            "subject": data["subject"],
            "measure": (data["measure"] or Measure.VAR) if is_risk else Measure.PRICE,
            "symbol": None if is_risk else data["symbol"],
            "portfolio": data["portfolio"] if is_risk else None,
            "direction": data["direction"],
            "threshold": data["threshold"] / 100 if _is_percent(data) else data["threshold"],
            "hysteresis": float(data["hysteresis"] / 100),
            "cooldown": timedelta(minutes=data["cooldown"]),
        }

    def refuse(self, error: ValidationError) -> None:
        """Put a service's errors onto the fields."""
        for name, messages in error.message_dict.items():
            self.add_error(name if name in self.fields else None, messages)


def _is_percent(data: dict[str, Any]) -> bool:
    """Whether the line is typed in percent: a risk is, but for the score."""
    return data.get("subject") == Subject.RISK and data.get("measure") != Measure.SCORE


def initial_of(rule: Rule) -> dict[str, Any]:
    """A stored rule as the form shows it."""
    percent = rule.measure not in {Measure.PRICE, Measure.SCORE}
    return {
        "name": rule.name,
        "subject": rule.subject,
        "symbol": rule.asset.symbol if rule.asset else "",
        "portfolio": rule.portfolio_id,
        "measure": rule.measure if rule.subject == Subject.RISK else Measure.VAR,
        "direction": rule.direction,
        "threshold": plain(rule.threshold * 100 if percent else rule.threshold),
        "hysteresis": plain(Decimal(str(rule.hysteresis)) * 100),
        "cooldown": int(rule.cooldown.total_seconds() // 60),
        "channels": [channel.pk for channel in rule.channels.all()],
    }


def initial_for(user: User) -> dict[str, Any]:
    """A new rule: every channel that is switched on."""
    return {"channels": [channel.pk for channel in default_channels(user)]}


def plain(value: Decimal) -> str:
    """Without trailing zeros or an exponent."""
    return f"{value.normalize():f}"


class ChannelForm(forms.Form):
    """An e-mail channel. Which addresses are the person's own, the service knows."""

    address = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="Your sign-in address, or another one you have confirmed in the settings.",
    )

    kind = ChannelKind.EMAIL

    def refuse(self, error: ValidationError) -> None:
        """Put a service's errors onto the field."""
        for name, messages in error.message_dict.items():
            self.add_error(name if name in self.fields else None, messages)
