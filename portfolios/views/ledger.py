"""The transactions page: a list that is filtered, sorted and goes on as far as the ledger does."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from portfolios.models import Portfolio, TransactionType
from portfolios.selectors import portfolio_to_see, role_of, transactions_for
from portfolios.selectors.listed import (
    SORTS,
    Wish,
    assets_of,
    imports_of,
    listed,
    locations_of,
)
from portfolios.views.answers import person

#: Headers of the table that sort it; `True`: figures stand on the right.
HEADERS = (
    ("date", "Date", False),
    ("type", "Type", False),
    ("asset", "Asset", False),
    ("quantity", "Quantity", True),
    ("", "Price", True),
    ("total", "Total", True),
    ("", "Gain", True),
)
#: The class of a type's tag: what comes in, what goes out for something, what is gone.
TONES = {
    **dict.fromkeys(("buy", "deposit", "reward", "airdrop", "fork", "gift_in"), "good"),
    **dict.fromkeys(("sell", "swap", "withdrawal", "gift_out"), "accent"),
    **dict.fromkeys(("lost", "interest"), "bad"),
    **dict.fromkeys(("transfer", "fee"), ""),
}


@login_required
@require_safe
def portfolio_ledger(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """The page; the table alone for htmx, and only the rows that follow with `after`."""
    user = person(request)
    portfolio = portfolio_to_see(user, portfolio_id)
    context = table(request, user, portfolio)
    if "after" in request.GET:
        return render(request, "portfolios/parts/transaction_rows.html", context)
    if request.headers.get("HX-Target") == "ledger":
        return render(request, "portfolios/parts/ledger.html", context)
    context |= {
        "types": TransactionType.choices,
        "assets": assets_of(portfolio),
        "locations": locations_of(portfolio),
        "imports": list(imports_of(portfolio)[:50]),
    }
    return render(request, "portfolios/transactions.html", context)


def table(request: HttpRequest, user: User, portfolio: Portfolio) -> dict[str, Any]:
    """What the table is made of: one page of rows and the ways to sort and go on."""
    wish = Wish.read(request.GET.dict())
    rows = transactions_for(user).filter(portfolio=portfolio)
    role = role_of(user, portfolio)
    asked = {name: value for name, value in wish.asked.items() if value}
    return {
        "portfolio": portfolio,
        "page": listed(portfolio, rows, wish),
        "wish": wish,
        "tones": TONES,
        "query": urlencode(asked | {"sort": wish.sort}),
        "headers": [_header(wish, asked, *header) for header in HEADERS],
        "role": role,
        "may_edit": role != "viewer",
    }


def _header(
    wish: Wish, asked: dict[str, str], key: str, label: str, on_the_right: bool
) -> dict[str, Any]:
    """`state` is aria-sort's; a click turns the order round, or begins with what is wanted most."""
    if key not in SORTS:
        return {"label": label, "right": on_the_right, "key": ""}
    chosen = wish.sort.removeprefix("-") == key
    falling = wish.sort.startswith("-")
    first = key if key in {"asset", "type"} else f"-{key}"
    turned = key if falling else f"-{key}"
    state = ("descending" if falling else "ascending") if chosen else "none"
    return {
        "label": label,
        "right": on_the_right,
        "key": key,
        "state": state,
        "query": urlencode(asked | {"sort": turned if chosen else first}),
    }
