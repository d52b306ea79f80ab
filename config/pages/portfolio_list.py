"""All portfolios of a person: each with its value, its profit and its risk, and all together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from config.templatetags.portfolio_pages import attention_count
from portfolios.models import DailyValue, Portfolio
from portfolios.selectors import Book, books, combined_book, portfolios_for
from risk.models import RiskSnapshot
from risk.selectors import snapshots_for

#: Days of a card's line.
LINE_DAYS = 30


@dataclass(frozen=True)
class Card:
    """One portfolio; `owner` is set where it is somebody else's."""

    portfolio: Portfolio
    book: Book
    snapshot: RiskSnapshot | None
    line: list[float | None]
    todo: int
    owner: User | None


@login_required
@require_safe
def portfolio_list(request: HttpRequest) -> HttpResponse:
    """A card for each portfolio that the person may look at; the total adds their own up."""
    user = cast(User, request.user)
    seen = list(portfolios_for(user))
    cards = _cards(user, seen)
    mine = [card.portfolio for card in cards if card.owner is None]
    total = combined_book(mine, user.preferences.base_currency) if len(mine) > 1 else None
    context = {
        "cards": cards,
        "total": total,
        "mine": len(mine),
        "guest_of": len(cards) - len(mine),
    }
    return render(request, "portfolios/list.html", context)


def _cards(user: User, seen: list[Portfolio]) -> list[Card]:
    found = books({p.pk: [p] for p in seen}, {p.pk: p.base_currency for p in seen})
    newest = snapshots_for(user).order_by("portfolio_id", "-as_of", "-id").distinct("portfolio_id")
    snapshots = {row.portfolio_id: row for row in newest.defer("answer")}
    lines = _lines(seen)
    return [
        Card(
            portfolio=portfolio,
            book=found[portfolio.pk],
            snapshot=snapshots.get(portfolio.pk),
            line=lines.get(portfolio.pk, []),
            todo=attention_count(portfolio),
            owner=None if portfolio.owner_id == user.pk else portfolio.owner,
        )
        for portfolio in seen
    ]


def _lines(seen: Iterable[Portfolio]) -> dict[int, list[float | None]]:
    """Values of the last days by portfolio, oldest first; None: a price was missing."""
    since = datetime.now(UTC).date() - timedelta(days=LINE_DAYS)
    rows = DailyValue.objects.filter(portfolio__in=list(seen), day__gte=since).order_by("day")
    lines: dict[int, list[float | None]] = {}
    for pk, value in rows.values_list("portfolio_id", "value"):
        lines.setdefault(pk, []).append(None if value is None else float(value))
    return lines
