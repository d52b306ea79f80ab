"""One asset in one portfolio: its figures, its lots and what became of those that were sold."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Privacy, User
from portfolios.models import Portfolio
from portfolios.selectors import holding as selectors
from portfolios.selectors import portfolio_to_see, role_of, transactions_for
from portfolios.selectors.holding import IN, LOTS, SALES, Held, Traded
from portfolios.selectors.listed import Wish, page_of
from portfolios.views.answers import person

#: Transactions of the asset that the page itself lists.
LATEST = 8
#: Parts that htmx asks for alone.
PARTS = {
    "open-lots": "portfolios/parts/open_lots.html",
    "more-sales": "portfolios/parts/sales.html",
    "asset-figures": "portfolios/parts/asset_figures.html",
}


@login_required
@require_safe
def portfolio_asset(request: HttpRequest, portfolio_id: int, symbol: str) -> HttpResponse:
    """`?lots=all` for every open lot, `?skip=` for older sales, `?sale=` for one alone."""
    user = person(request)
    portfolio = portfolio_to_see(user, portfolio_id)
    found = selectors.held(portfolio, symbol)
    if found is None:
        raise Http404(f"{portfolio} never held {symbol}.")
    role = role_of(user, portfolio)
    context: dict[str, Any] = {
        "portfolio": portfolio,
        "held": found,
        "asset": found.asset,
        "base": portfolio.base_currency,
        "role": role,
        "may_edit": role != "viewer",
    }
    target = request.headers.get("HX-Target", "")
    part = target if target in PARTS else ""
    if target.startswith("used-lots-"):
        return _used(request, user, portfolio, context)
    if part in {"", "open-lots"}:
        context |= _lots(request, user, portfolio, found)
    if part in {"", "more-sales"}:
        context |= _sales(request, user, portfolio, found)
    if part:
        return render(request, PARTS[part], context)
    return render(request, "portfolios/asset.html", context | _chart(user, portfolio, found))


def _lots(request: HttpRequest, user: User, portfolio: Portfolio, found: Held) -> dict[str, Any]:
    most = None if request.GET.get("lots") == "all" else LOTS
    lots = selectors.open_lots(user, portfolio, found, most)
    count = len(lots) if len(lots) < LOTS else selectors.lot_count(user, portfolio, found)
    return {"lots": lots, "lot_count": count}


def _sales(request: HttpRequest, user: User, portfolio: Portfolio, found: Held) -> dict[str, Any]:
    skip, only = (_number(request.GET.get(name, "")) for name in ("skip", "sale"))
    shown = selectors.sales(user, portfolio, found, skip=skip or 0, only=only)
    count = selectors.sale_count(portfolio, found)
    following = (skip or 0) + SALES
    return {
        "sales": shown,
        "sale_count": count,
        "one_sale": only,
        "next_sales": following if only is None and following < count else None,
    }


def _used(
    request: HttpRequest, user: User, portfolio: Portfolio, context: dict[str, Any]
) -> HttpResponse:
    """The lots of one sale alone, when its row is opened."""
    only = _number(request.GET.get("sale", ""))
    shown = selectors.sales(user, portfolio, context["held"], only=only) if only else []
    if not shown:
        raise Http404("No such sale.")
    template = "portfolios/parts/used_lots.html"
    return render(request, template, context | {"sale": shown[0]})


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _chart(user: User, portfolio: Portfolio, found: Held) -> dict[str, Any]:
    privacy = user.preferences.privacy
    points = selectors.price_line(portfolio, found)
    trades = [] if privacy == Privacy.ALL else selectors.traded(portfolio, found)
    rows = transactions_for(user).filter(portfolio=portfolio)
    wish = Wish.read({"asset": found.asset.symbol})
    return {
        "chart": {
            "currency": portfolio.base_currency,
            "points": points,
            "trades": [_trade(one, privacy) for one in trades],
        },
        "chart_words": _words(found, points),
        "page": page_of(rows, wish, LATEST),
    }


def _trade(one: Traded, privacy: str) -> dict[str, str]:
    word = "in" if one.side == IN else "out"
    units = "" if privacy != Privacy.SHOWN else f"{one.quantity.normalize():f} "
    return {"time": one.day.isoformat(), "side": one.side, "text": f"{units}{word}"}


def _words(found: Held, points: list[list[Any]]) -> str:
    if not points:
        return f"No closes of {found.asset.symbol} are stored"
    first, last = points[0], points[-1]
    return (
        f"Price of {found.asset.symbol}: {first[1]:,.8g} on {first[0]}, "
        f"{last[1]:,.8g} {found.book.base} on {last[0]}"
    )
