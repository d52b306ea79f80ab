"""Whether a row of a file is in the ledger already, or looks like one that is."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from portfolios.models import Portfolio, RowVerdict, Transaction

#: Clocks of two programs differ by so much about one event.
NEAR = timedelta(minutes=5)
_IDS = """
    SELECT external_id FROM portfolios_transaction
    WHERE portfolio_id = %s AND external_id = ANY(%s)
"""


class Ledger:
    """What is there of the time and with the ids that the contents speak of."""

    def __init__(self, portfolio: Portfolio, contents: Sequence[dict[str, Any]]) -> None:
        self._ids = _known_ids(portfolio, contents)
        self._times = _known_events(portfolio, contents)
        self._seen: set[str] = set()

    def verdict(self, content: dict[str, Any]) -> tuple[RowVerdict, str]:
        """The verdict on a readable row, and in words what it is like."""
        identity = content.get("external_id")
        if identity in self._ids:
            return RowVerdict.KNOWN, "was imported before"
        if identity and identity in self._seen:
            return RowVerdict.KNOWN, "has the id of another row of this file"
        if identity:
            self._seen.add(identity)
        like = self._like(content)
        if like is not None:
            return RowVerdict.SIMILAR, f"same asset, type and quantity at {like:%Y-%m-%d %H:%M} UTC"
        return RowVerdict.NEW, ""

    def _like(self, content: dict[str, Any]) -> datetime | None:
        times = self._times.get(_key(content["symbol"], content["type"], content["quantity"]))
        if not times:
            return None
        at = datetime.fromisoformat(content["executed_at"])
        place = bisect_left(times, at - NEAR)
        return times[place] if place < len(times) and times[place] <= at + NEAR else None


def _key(symbol: str, kind: str, quantity: Any) -> tuple[str, str, Decimal]:
    return symbol.upper(), kind, Decimal(quantity).normalize()


def _known_ids(portfolio: Portfolio, contents: Sequence[dict[str, Any]]) -> set[str]:
    ids = [content["external_id"] for content in contents if content.get("external_id")]
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [portfolio.pk, ids])
        return {identity for (identity,) in cursor.fetchall()}


def _known_events(
    portfolio: Portfolio, contents: Sequence[dict[str, Any]]
) -> dict[tuple[str, str, Decimal], list[datetime]]:
    """Times of what is there, ascending, by asset, type and quantity."""
    if not contents:
        return {}
    times = [datetime.fromisoformat(content["executed_at"]) for content in contents]
    rows = Transaction.objects.filter(
        portfolio=portfolio,
        executed_at__gte=min(times) - NEAR,
        executed_at__lte=max(times) + NEAR,
    ).order_by("executed_at")
    found: dict[tuple[str, str, Decimal], list[datetime]] = defaultdict(list)
    for symbol, kind, quantity, at in rows.values_list(
        "asset__symbol", "type", "quantity", "executed_at"
    ):
        found[_key(symbol, kind, quantity)].append(at)
    return found
