"""The dialogs around one rule."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from alerts import services
from alerts.forms import RuleForm, initial_for, initial_of
from alerts.models import Rule
from alerts.selectors import rules_for
from alerts.selectors.lines import unit_of
from alerts.views.person import dialog, done, person
from markets.models import Asset

PREVIEW_DAYS = 90


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Add a rule; `?symbol=` or `?portfolio=` fill the form in."""
    user = person(request)
    if request.method == "GET":
        return _form(request, RuleForm(user, initial=initial_for(user) | _asked(request)))
    form = RuleForm(user, request.POST)
    if form.is_valid():
        try:
            chosen = form.cleaned_data["channels"]
            services.create_rule(owner=user, channels=chosen, **form.spec())
        except ValidationError as error:
            form.refuse(error)
        else:
            return done(request)
    return _form(request, form)


def _asked(request: HttpRequest) -> dict[str, str]:
    if portfolio := request.GET.get("portfolio"):
        asked = {
            name: request.GET[name] for name in ("measure", "threshold") if name in request.GET
        }
        return {"subject": "risk", "portfolio": portfolio, **asked}
    return {"subject": "price", "symbol": request.GET.get("symbol", "")}


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Change a rule."""
    user = person(request)
    rule = get_object_or_404(rules_for(user), pk=rule_id)
    if request.method == "GET":
        return _form(request, RuleForm(user, initial=initial_of(rule)), rule)
    form = RuleForm(user, request.POST)
    if form.is_valid():
        try:
            chosen = form.cleaned_data["channels"]
            services.update_rule(rule=rule, channels=chosen, **form.spec())
        except ValidationError as error:
            form.refuse(error)
        else:
            return done(request)
    return _form(request, form, rule)


def _form(request: HttpRequest, form: RuleForm, rule: Rule | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "rule": rule,
        "assets": Asset.objects.filter(is_active=True)[:200],
        "days": PREVIEW_DAYS,
    }
    return dialog(request, "alerts/dialogs/rule.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Ask, then remove."""
    rule = get_object_or_404(rules_for(person(request)), pk=rule_id)
    if request.method == "POST":
        services.delete_rule(rule=rule)
        return done(request)
    return dialog(request, "alerts/dialogs/delete_rule.html", {"rule": rule})


@login_required
@require_POST
def switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Pause a rule, or take it up again."""
    rule = get_object_or_404(rules_for(person(request)), pk=rule_id)
    services.update_rule(rule=rule, enabled=not rule.enabled)
    return done(request)


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """When the rule of the form would have fired; what is wrong is said when it is saved."""
    user = person(request)
    form = RuleForm(user, request.POST)
    context: dict[str, Any] = {"days": PREVIEW_DAYS}
    if form.is_valid():
        try:
            found = services.preview(owner=user, days=PREVIEW_DAYS, **form.spec())
            context |= {"preview": found, "unit": unit_of(form.spec()["measure"])}
        except ValidationError as error:
            context["problem"] = error.messages[0]
    return render(request, "alerts/parts/preview.html", context)
