"""The page Returns: what was earned, against what, from what, and when; of one portfolio or all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dates import MONTHS_3
from django.views.decorators.http import require_safe

from accounts.models import Privacy, User
from markets.models import Asset
from portfolios.compared import Mix, mix_of
from portfolios.periods import KINDS, By
from portfolios.ranges import NAMED, Range, range_or_default
from portfolios.selectors import own_portfolios_for, portfolio_to_see, role_of
from portfolios.selectors.earnings import timeline
from portfolios.selectors.returned import Returned, chart, summary
from portfolios.selectors.wholes import Whole
from portfolios.views.answers import person

#: A day's return is on the portfolio's own page.
RANGES = tuple(key for key in NAMED if key != "1D")


@login_required
@require_safe
def portfolio_returns(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """`?range=&benchmark=&by=`; what is not asked for is as the person left it."""
    user = person(request)
    portfolio = portfolio_to_see(user, portfolio_id)
    role = role_of(user, portfolio)
    context = _context(request, user, Whole.of(portfolio))
    context |= {"portfolio": portfolio, "role": role, "may_edit": role != "viewer"}
    return render(request, "portfolios/returns.html", context)


@login_required
@require_safe
def returns_together(request: HttpRequest) -> HttpResponse:
    """The same of all portfolios that are the person's own, in the currency of their choice."""
    user = person(request)
    whole = Whole.together(own_portfolios_for(user), user.preferences.base_currency)
    return render(request, "portfolios/returns.html", _context(request, user, whole))


def _context(request: HttpRequest, user: User, whole: Whole) -> dict[str, Any]:
    wanted = _range(request, user)
    mix, error = _mix(request, user, whole)
    by = _by(request)
    line = timeline(whole, wanted.start, wanted.end)
    seen = None if line is None else Returned(line, wanted, mix, by)
    preferences = user.preferences
    asked = request.GET.get("range", "")
    return {
        "whole": whole,
        "seen": seen,
        "range": wanted,
        "ranges": RANGES,
        "range_refused": bool(asked) and wanted.key != asked,
        "saved_range": preferences.chart_range,
        "by": by,
        "kinds": KINDS,
        "month_names": [name.title() for name in MONTHS_3.values()],
        "benchmark": _written(request, mix),
        "benchmark_error": error or (seen.refused if seen else ""),
        "saved_benchmark": preferences.benchmark,
        "symbols": Asset.objects.filter(is_active=True).values_list("symbol", "name"),
        "addresses": _addresses(request, wanted, mix, by),
        **_drawn(seen, hidden=preferences.privacy == Privacy.ALL),
    }


def _drawn(seen: Returned | None, *, hidden: bool) -> dict[str, Any]:
    if seen is None:
        return {}
    return {"chart": chart(seen, hidden=hidden), "chart_words": summary(seen, hidden=hidden)}


def _range(request: HttpRequest, user: User) -> Range:
    wishes = [request.GET.get("range", ""), user.preferences.chart_range]
    return range_or_default([key for key in wishes if key != "1D"], datetime.now(UTC).date())


def _mix(request: HttpRequest, user: User, whole: Whole) -> tuple[Mix | None, str]:
    """What to compare with, and why what was asked for is nothing to compare with."""
    asked = request.GET.get("benchmark", "")
    try:
        return mix_of(asked or user.preferences.benchmark or whole.benchmark), ""
    except ValueError as error:
        return None, str(error)


def _written(request: HttpRequest, mix: Mix | None) -> str:
    return request.GET.get("benchmark", "")[:120] if mix is None else mix.key


def _by(request: HttpRequest) -> By:
    asked = request.GET.get("by", "")
    return next((kind for kind in KINDS if kind == asked), "month")


def _addresses(request: HttpRequest, wanted: Range, mix: Mix | None, by: By) -> dict[str, str]:
    """The page with all but one of its questions kept, to which that one is added."""
    kept = {"range": wanted.key, "benchmark": mix.key if mix else "", "by": by}
    return {
        name: f"{request.path}?{urlencode({k: v for k, v in kept.items() if k != name and v})}"
        for name in kept
    }
