"""Forms of the settings page."""

from __future__ import annotations

import zoneinfo

from django import forms

from accounts.models import Preferences, User


def _time_zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """How a person is addressed. The e-mail address has its own page: it must be verified."""

    class Meta:
        model = User
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """How a person wants to see things."""

    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=_time_zones,
        help_text="Times are shown in it. A day of the figures stays a UTC day.",
    )

    class Meta:
        model = Preferences
        fields = ["base_currency", "locale", "time_zone", "theme", "privacy", "risk_tolerance"]
        labels = {
            "base_currency": "Base currency",
            "locale": "Numbers and dates",
            "privacy": "Privacy",
            "risk_tolerance": "Risk tolerance",
        }
        help_texts = {
            "base_currency": "Totals over all portfolios, and new portfolios, are in it.",
            "risk_tolerance": "The first load line: a score of 3, 5 or 7.",
        }
