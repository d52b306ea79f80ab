"""The pages: all portfolios, and one of them with holdings, lots and transactions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Privacy
from portfolios.models import Portfolio
from portfolios.ranges import NAMED
from portfolios.selectors import attention, books, lots_for, portfolio_to_see, portfolios_for
from portfolios.selectors.hero import chart, summary
from portfolios.selectors.overview import Overview, overview
from portfolios.views.answers import person
from portfolios.views.transactions import page_of

#: Parts that htmx asks for alone, by the id of the element they replace.
PARTS = {"hero": "portfolios/parts/hero.html", "holdings": "portfolios/parts/holdings.html"}


@login_required
@require_safe
def portfolio_list(request: HttpRequest) -> HttpResponse:
    """A card for each portfolio: its value and how it moved."""
    owned = list(portfolios_for(person(request)))
    found = books({p.pk: [p] for p in owned}, {p.pk: p.base_currency for p in owned})
    cards = [{"portfolio": portfolio, "book": found[portfolio.pk]} for portfolio in owned]
    return render(request, "portfolios/list.html", {"cards": cards})


@login_required
@require_safe
def portfolio_detail(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """`?range=` as on the dashboard; hero or holdings alone for htmx."""
    portfolio = portfolio_to_see(person(request), portfolio_id)
    part = request.headers.get("HX-Target", "")
    context = _holdings(request, portfolio)
    if part != "holdings":
        context |= _hero(request, context["overview"])
    if part in PARTS:
        return render(request, PARTS[part], context)
    context |= {"items": attention([portfolio]), **page_of(request, portfolio)}
    return render(request, "portfolios/detail.html", context)


def _holdings(request: HttpRequest, portfolio: Portfolio) -> dict[str, Any]:
    wishes = [request.GET.get("range", ""), person(request).preferences.chart_range]
    return {
        "portfolio": portfolio,
        "page_url": f"{request.path}?portfolio={portfolio.pk}",
        "overview": overview([portfolio], portfolio.base_currency, wishes, str(portfolio.pk)),
    }


def _hero(request: HttpRequest, seen: Overview) -> dict[str, Any]:
    preferences = person(request).preferences
    asked = request.GET.get("range", "")
    hidden = preferences.privacy != Privacy.SHOWN
    return {
        "ranges": NAMED,
        "range_refused": bool(asked) and seen.range.key != asked,
        "chart": chart(seen.hero, amounts_hidden=hidden),
        "chart_words": summary(seen.hero, amounts_hidden=hidden),
        "saved_range": preferences.chart_range,
    }


@login_required
@require_safe
def portfolio_lots(request: HttpRequest, portfolio_id: int, symbol: str) -> HttpResponse:
    """The open lots of one asset, oldest first: the order in which they are sold."""
    user = person(request)
    portfolio = portfolio_to_see(user, portfolio_id)
    lots = lots_for(user).filter(portfolio=portfolio, asset__symbol=symbol, remaining__gt=0)
    context = {"portfolio": portfolio, "symbol": symbol, "lots": lots.select_related("opened_by")}
    return render(request, "portfolios/parts/lots.html", context)
