"""The page of one portfolio: its value, what it is made of, what it holds, its latest events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Privacy, User
from portfolios.models import Portfolio
from portfolios.ranges import NAMED
from portfolios.selectors import portfolio_to_see, role_of, transactions_for
from portfolios.selectors.allocation import WAYS, folded, parts_of
from portfolios.selectors.hero import chart, summary
from portfolios.selectors.listed import Wish, page_of
from portfolios.selectors.overview import Overview, overview
from portfolios.selectors.trails import sold_out
from portfolios.views.answers import person

#: Events on the page itself, and tiles of a treemap.
LATEST, TILES = 6, 24
#: Things to look at that the page names; the rest is on their own page.
FIRST_ITEMS = 5

#: Parts that htmx asks for alone, by the id of the element they replace.
PARTS = {
    "hero": "portfolios/parts/hero.html",
    "holdings": "portfolios/parts/holdings.html",
    "allocation": "portfolios/parts/allocation.html",
    "profit": "portfolios/parts/profit.html",
    "latest": "portfolios/parts/latest.html",
    "attention": "portfolios/parts/attention.html",
}


@dataclass(frozen=True)
class Asked:
    """What a request is about; each part of the page reads no more than it shows."""

    request: HttpRequest
    user: User
    portfolio: Portfolio

    @cached_property
    def overview(self) -> Overview:
        wishes = [self.request.GET.get("range", ""), self.user.preferences.chart_range]
        portfolio = self.portfolio
        return overview([portfolio], portfolio.base_currency, wishes, str(portfolio.pk))

    @property
    def page_url(self) -> str:
        return f"{self.request.path}?portfolio={self.portfolio.pk}"


@login_required
@require_safe
def portfolio_detail(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """`?range=` as on the dashboard, `?by=` a way to cut the whole; parts of it for htmx."""
    user = person(request)
    portfolio = portfolio_to_see(user, portfolio_id)
    asked = Asked(request, user, portfolio)
    role = role_of(user, portfolio)
    context: dict[str, Any] = {
        "portfolio": portfolio,
        "page_url": asked.page_url,
        "role": role,
        "may_edit": role != "viewer",
        "overview": asked.overview,
    }
    part = request.headers.get("HX-Target", "")
    if part in PARTS:
        return render(request, PARTS[part], context | _FILL[part](asked))
    if not portfolio.transactions.exists():
        return render(request, "portfolios/start.html", context)
    for fill in _FILL.values():
        context |= fill(asked)
    return render(request, "portfolios/detail.html", context)


def _hero(asked: Asked) -> dict[str, Any]:
    preferences = asked.user.preferences
    wanted = asked.request.GET.get("range", "")
    mode = preferences.privacy
    hidden = {"amounts_hidden": mode != Privacy.SHOWN, "all_hidden": mode == Privacy.ALL}
    seen = asked.overview
    return {
        "ranges": NAMED,
        "range_refused": bool(wanted) and seen.range.key != wanted,
        "chart": chart(seen.hero, **hidden),
        "chart_words": summary(seen.hero, **hidden),
        "saved_range": preferences.chart_range,
    }


def _holdings(asked: Asked) -> dict[str, Any]:
    return {"gone": sold_out(asked.portfolio)}


def _allocation(asked: Asked) -> dict[str, Any]:
    wanted = asked.request.GET.get("by", "")
    way = wanted if wanted in WAYS else "asset"
    parts = parts_of(asked.portfolio, asked.overview.book, way)
    return {"ways": WAYS, "way": way, "few": folded(parts), "many": folded(parts, TILES)}


def _profit(asked: Asked) -> dict[str, Any]:
    return {"profit": asked.overview.book.profit}


def _latest(asked: Asked) -> dict[str, Any]:
    rows = transactions_for(asked.user).filter(portfolio=asked.portfolio)
    return {"latest": page_of(rows, Wish.read({}), LATEST).rows}


def _attention(asked: Asked) -> dict[str, Any]:
    items = asked.overview.attention
    return {"items": items[:FIRST_ITEMS], "item_count": len(items)}


_FILL: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "hero": _hero,
    "holdings": _holdings,
    "allocation": _allocation,
    "profit": _profit,
    "latest": _latest,
    "attention": _attention,
}
