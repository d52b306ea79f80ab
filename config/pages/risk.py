"""The Risk page: the sentence, its controls, and which part of the page a request is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from config.pages import (
    risk_figures,
    risk_grades,
    risk_limits,
    risk_parts,
    risk_scenarios,
    risk_what_if,
)
from config.pages.risk_question import Asked, asked_by, controls


def _first(asked: Asked) -> dict[str, Any]:
    """What is painted at once."""
    return risk_figures.first(asked) | risk_grades.grades(asked)


#: What htmx asks for alone, by the id of the element that it replaces.
PARTS: dict[str, tuple[str, Callable[[Asked], dict[str, Any]]]] = {
    "risk-live": ("risk/live.html", _first),
    "risk-restore": ("risk/parts/restore.html", risk_limits.restore),
    "risk-parts": ("risk/parts/components.html", risk_parts.components),
    "risk-correlation": ("risk/parts/correlation.html", risk_parts.correlations),
    "risk-futures": ("risk/parts/futures.html", risk_parts.futures),
    "risk-scenarios": ("risk/parts/scenarios.html", risk_scenarios.scenarios),
    "risk-shock": ("risk/parts/shock.html", risk_scenarios.shock),
    "risk-backtest": ("risk/parts/backtest.html", risk_grades.graded),
    "risk-limits": ("risk/parts/limits.html", risk_limits.limits),
    "risk-what-if": ("risk/parts/what_if.html", risk_what_if.what_if),
    "risk-after": ("risk/parts/after.html", risk_what_if.result),
}


@login_required
@require_safe
def page(request: HttpRequest, portfolio_id: int | None = None) -> HttpResponse:
    """`/risk/` (all portfolios, or `?portfolio=`) and `/risk/<id>/`; parts of it for htmx."""
    asked = asked_by(request, cast(User, request.user), portfolio_id)
    context: dict[str, Any] = {
        "portfolio": asked.chosen,
        "picker_root": "/risk/",
        "page_url": asked.url,
        "risk_id": asked.live_id,
    }
    part = request.headers.get("HX-Target", "")
    if not asked.owned:
        empty = render(request, "risk/empty.html", context)
        return HttpResponse(headers={"HX-Refresh": "true"}) if part else empty
    context |= controls(asked)
    template, fill = PARTS.get(part, ("", _first))
    context |= fill(asked)
    whole = "risk/body.html" if part == "risk-page" else "risk/page.html"
    return render(request, template or whole, context)
