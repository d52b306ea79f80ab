"""The dialogs in which a person draws, changes and removes a limit."""

from __future__ import annotations

import json
from typing import Any, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from portfolios.models import Portfolio
from portfolios.selectors import own_portfolios_for
from risk import services
from risk.limits import OF_ASSET, TITLES, Measure
from risk.models import Limit
from risk.selectors.limits import limits_for


class LimitForm(forms.Form):
    """A line; shares are typed in percent."""

    measure = forms.ChoiceField(label="Of", choices=[(one.value, TITLES[one]) for one in Measure])
    threshold = forms.FloatField(
        label="Line",
        localize=True,
        help_text="In percent; days for the time to liquidate.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    portfolio = forms.TypedChoiceField(
        label="Of which holdings", required=False, coerce=int, empty_value=None
    )
    symbol = forms.CharField(
        label="One asset alone",
        required=False,
        max_length=20,
        help_text="Only for a share of value or of risk.",
    )
    confidence = forms.FloatField(
        label="Confidence, percent", initial=95, required=False, help_text="Of VaR and CVaR."
    )
    horizon = forms.IntegerField(
        label="Horizon, days", initial=1, required=False, help_text="Of VaR and CVaR."
    )
    name = forms.CharField(label="Name", required=False, max_length=120)
    enabled = forms.BooleanField(label="Judged", required=False, initial=True)

    def __init__(self, portfolios: list[Portfolio], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", "All together"), *((str(one.pk), one.name) for one in portfolios)]
        cast(forms.ChoiceField, self.fields["portfolio"]).choices = choices

    def wishes(self) -> dict[str, Any]:
        """What `risk.services` takes: fractions for percent."""
        given = self.cleaned_data
        in_days = given["measure"] == Measure.DAYS_TO_LIQUIDATE
        return {
            "measure": given["measure"],
            "threshold": given["threshold"] if in_days else given["threshold"] / 100,
            "portfolio": given["portfolio"],
            "symbol": given["symbol"] or None,
            "confidence": 0.95 if given["confidence"] is None else given["confidence"] / 100,
            "horizon": 1 if given["horizon"] is None else given["horizon"],
            "name": given["name"],
            "enabled": given["enabled"],
        }

    def refuse(self, error: ValidationError) -> None:
        """A refusal of the service, at the field that it names."""
        for name, said in error.message_dict.items():
            self.add_error(name if name in self.fields else None, said)


def _initial(limit: Limit) -> dict[str, Any]:
    in_days = limit.line.unit == "days"
    return {
        "measure": limit.measure,
        "threshold": round(limit.threshold if in_days else limit.threshold * 100, 10),
        "portfolio": limit.portfolio_id or "",
        "symbol": limit.asset.symbol if limit.asset else "",
        "confidence": round(limit.confidence * 100, 6),
        "horizon": limit.horizon,
        "name": limit.name,
        "enabled": limit.enabled,
    }


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Draw a limit; `?portfolio=` says of which holdings at first."""
    user = cast(User, request.user)
    portfolios = list(own_portfolios_for(user))
    if request.method == "GET":
        form = LimitForm(portfolios, initial={"portfolio": request.GET.get("portfolio", "")})
        return _dialog(request, form)
    form = LimitForm(portfolios, request.POST)
    if form.is_valid():
        try:
            services.create_limit(owner=user, **form.wishes())
        except ValidationError as error:
            form.refuse(error)
        else:
            return _done(request)
    return _dialog(request, form)


@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, limit_id: int) -> HttpResponse:
    """Change a limit, or remove it (the button `remove`)."""
    user = cast(User, request.user)
    limit = get_object_or_404(limits_for(user), pk=limit_id)
    portfolios = list(own_portfolios_for(user))
    if request.method == "GET":
        return _dialog(request, LimitForm(portfolios, initial=_initial(limit)), limit)
    if "remove" in request.POST:
        services.delete_limit(limit=limit)
        return _done(request)
    form = LimitForm(portfolios, request.POST)
    if form.is_valid():
        try:
            services.update_limit(limit=limit, **form.wishes())
        except ValidationError as error:
            form.refuse(error)
        else:
            return _done(request)
    return _dialog(request, form, limit)


def _dialog(request: HttpRequest, form: LimitForm, limit: Limit | None = None) -> HttpResponse:
    context = {
        "form": form,
        "limit": limit,
        "title": "Change the limit" if limit else "Draw a limit",
        "dialog": "risk/dialogs/limit.html",
        "of_asset": [one.value for one in OF_ASSET],
    }
    is_part = request.headers.get("HX-Request") == "true"
    template = "risk/dialogs/limit.html" if is_part else "parts/dialog_page.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _done(request: HttpRequest) -> HttpResponse:
    """The dialog closes and what shows limits asks again; without htmx, the page itself."""
    if request.headers.get("HX-Request") != "true":
        return redirect("risk")
    events = {"dialog:close": True, "limits-changed": True, "plimsoll:risk_due": True}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})
