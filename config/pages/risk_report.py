"""What is taken away from the Risk page: a report to print, and the figures as CSV."""

from __future__ import annotations

import re
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from config.pages import risk_figures, risk_grades, risk_limits, risk_parts, risk_scenarios
from config.pages.risk_csv import table
from config.pages.risk_question import METHODS, Asked, asked_by, controls
from config.templatetags.figures import EXPLAINED


@login_required
@require_safe
def report(request: HttpRequest, portfolio_id: int | None = None) -> HttpResponse:
    """`/risk/report/`, `/risk/<id>/report/`: every figure with formula and source, on A4."""
    asked = asked_by(request, cast(User, request.user), portfolio_id)
    context: dict[str, Any] = {
        "portfolio": asked.chosen,
        "page_url": asked.url,
        "title": asked.title,
        "made_at": timezone.now(),
        "owned": asked.owned,
        "theme": "light",
    }
    if asked.owned:
        context |= controls(asked) | risk_figures.first(asked)
        context["formulas"] = _named(context["why"])
        if asked.answer["contributions"]:
            context |= _parts(asked)
    return render(request, "risk/report.html", context)


def _named(why: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Every figure's formula under the name that the page gives it."""
    losses = (("var", "VaR"), ("cvars", "CVaR"))
    names = {
        f"{key}_{method}": f"{loss}, {name}"
        for key, loss in losses
        for method, (name, _) in METHODS.items()
    }
    known = {key: one.name for key, one in EXPLAINED.items()} | names
    return [(known.get(key, key.capitalize()), facts) for key, facts in why.items()]


def _parts(asked: Asked) -> dict[str, Any]:
    """What the page loads later is here at once; names that parts share are kept apart."""
    return {
        **risk_grades.grades(asked),
        "backtest": risk_grades.graded(asked),
        "scenarios": risk_scenarios.scenarios(asked),
        "futures": risk_parts.futures(asked),
        "correlations": risk_parts.correlations(asked),
        "limits": risk_limits.limits(asked),
        "components": risk_parts.components(asked),
    }


@login_required
@require_safe
def figures_csv(request: HttpRequest, portfolio_id: int | None = None) -> HttpResponse:
    """`/risk/figures.csv`, `/risk/<id>/figures.csv`: one figure a line, masked as the page is."""
    asked = asked_by(request, cast(User, request.user), portfolio_id)
    name = re.sub(r"[^a-z0-9]+", "-", asked.title.lower()).strip("-") or "risk"
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="plimsoll-risk-{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    table(asked).write(response)
    return response
