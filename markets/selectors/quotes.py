"""Last prices: the board first, then what the slow path stored, then the newest daily close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import structlog
from django.db import connection
from django.utils import timezone
from redis import RedisError

from markets import board
from markets.models import Feed, Venue
from markets.selectors import reference
from markets.selectors.closes import daily_closes_exact
from markets.selectors.venues import REFERENCE, current_venue, is_dollar, usd_markets

logger = structlog.get_logger(__name__)

STALE_WHILE_LIVE = timedelta(minutes=5)
STALE_WHILE_STORED = timedelta(days=2)


@dataclass(frozen=True)
class Quote:
    """USD a unit. ``change_24h`` is a fraction; ``time`` is when the price was made (UTC)."""

    symbol: str
    price: Decimal
    time: datetime
    venue: str
    change_24h: float | None
    age_seconds: float
    is_stale: bool


class _Known(NamedTuple):
    price: Decimal
    time: datetime
    change_24h: float | None


# The newer of the last trade and the last daily close, and a close of a day before it.
_STORED = """
WITH newest AS (
    SELECT m.id, CASE WHEN l.time >= d.ended OR d.ended IS NULL THEN l.price ELSE d.close END
        AS price, greatest(l.time, d.ended) AS time
    FROM unnest(%s::bigint[]) AS m(id)
    LEFT JOIN markets_lastprice l ON l.market_id = m.id
    LEFT JOIN LATERAL (
        SELECT close, open_time + interval '1 day' AS ended FROM markets_candle
        WHERE market_id = m.id AND interval = '1d' AND is_closed ORDER BY open_time DESC LIMIT 1
    ) AS d ON true
)
SELECT n.id, n.price, n.time, coalesce(h.close, e.close)
FROM newest n
LEFT JOIN LATERAL (
    SELECT close FROM markets_candle WHERE market_id = n.id AND interval = '1h'
        AND open_time <= n.time - interval '25 hours' AND open_time > n.time - interval '28 hours'
    ORDER BY open_time DESC LIMIT 1
) AS h ON true
LEFT JOIN LATERAL (
    SELECT close FROM markets_candle WHERE market_id = n.id AND interval = '1d'
        AND open_time <= n.time - interval '2 days' AND open_time > n.time - interval '72 hours'
    ORDER BY open_time DESC LIMIT 1
) AS e ON true
WHERE n.price IS NOT NULL
"""


def quotes(symbols: Iterable[str], venue: Venue | None = None) -> dict[str, Quote]:
    """The newest dollar price of each symbol at one venue; a symbol without a price is left out.

    Without ``venue`` the current one answers. What counts as a dollar costs 1. A currency that a
    real venue does not trade has the central bank's newest rate.
    """
    wanted = set(symbols)
    now = timezone.now()
    answer = {symbol: _dollar(symbol, now, venue) for symbol in wanted if is_dollar(symbol)}
    venue = venue or current_venue()
    if venue is None:
        return answer
    found = _on_board(venue, wanted - answer.keys())
    found |= _stored(venue, wanted - answer.keys() - found.keys())
    limit = STALE_WHILE_STORED
    if Feed.objects.filter(venue=venue, is_current=True).exists():
        limit = STALE_WHILE_LIVE
    for symbol, known in found.items():
        age = now - known.time
        answer[symbol] = Quote(
            symbol=symbol,
            price=known.price,
            time=known.time,
            venue=venue.slug,
            change_24h=known.change_24h,
            age_seconds=max(0.0, age.total_seconds()),
            is_stale=age > limit,
        )
    return answer | _currencies(wanted - answer.keys(), venue, now)


def _currencies(symbols: set[str], venue: Venue, now: datetime) -> dict[str, Quote]:
    """The bank's newest rates of the currencies that a real venue does not trade."""
    found = reference.newest(symbols, venue, now)
    return {
        symbol: Quote(
            symbol=symbol,
            price=rate.price,
            time=rate.time,
            venue=REFERENCE,
            change_24h=fraction(rate.price, rate.before),
            age_seconds=max(0.0, (now - rate.time).total_seconds()),
            is_stale=now - rate.time > reference.STALE,
        )
        for symbol, rate in found.items()
    }


def _dollar(symbol: str, now: datetime, venue: Venue | None) -> Quote:
    slug = "" if venue is None else venue.slug
    return Quote(symbol, Decimal(1), now, slug, 0.0, 0.0, is_stale=False)


def _on_board(venue: Venue, symbols: set[str]) -> dict[str, _Known]:
    try:
        entries = board.read(venue.slug, symbols)
    except RedisError as error:  # the database knows the price of a second ago
        logger.warning("price_board_unreachable", error=str(error))
        return {}
    return {
        symbol: _Known(entry.price, entry.time, entry.change_24h)
        for symbol, entry in entries.items()
    }


def _stored(venue: Venue, symbols: set[str]) -> dict[str, _Known]:
    by_id = {pk: symbol for symbol, pk in usd_markets(venue, symbols).items()} if symbols else {}
    if not by_id:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [list(by_id)])
        rows = cursor.fetchall()
    return {
        by_id[pk]: _Known(price, time, fraction(price, before)) for pk, price, time, before in rows
    }


def fraction(price: Decimal, before: Decimal | None) -> float | None:
    """The change from ``before`` as a fraction; None when there was no price before."""
    return None if before is None else float(price / before - 1)


# As of one moment: the newest hourly or, failing that, daily close that ended a day before.
_DAY_BEFORE = """
SELECT m.id, coalesce(h.close, d.close) FROM unnest(%(ids)s::bigint[]) AS m(id)
LEFT JOIN LATERAL (
    SELECT close FROM markets_candle WHERE market_id = m.id AND interval = '1h'
        AND open_time <= %(at)s - interval '25 hours'
        AND open_time > %(at)s - interval '28 hours' ORDER BY open_time DESC LIMIT 1
) AS h ON true
LEFT JOIN LATERAL (
    SELECT close FROM markets_candle WHERE market_id = m.id AND interval = '1d'
        AND open_time <= %(at)s - interval '2 days'
        AND open_time > %(at)s - interval '72 hours' ORDER BY open_time DESC LIMIT 1
) AS d ON true
WHERE coalesce(h.close, d.close) IS NOT NULL
"""


def closes_a_day_before(market_ids: Iterable[int], moment: datetime) -> Mapping[int, Decimal]:
    """What each market's price was 24 hours before ``moment``; unknown ones are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_DAY_BEFORE, {"ids": list(market_ids), "at": moment})
        return dict(cursor.fetchall())


def convert_rate(
    currency: str, base: str, day: date | None = None, venue: Venue | None = None
) -> Decimal | None:
    """How many ``base`` one unit of ``currency`` is worth; None when a price is missing.

    With ``day``: by that UTC day's closes; for a day that is not over, and without one, by the
    newest quotes. Both must come from the same venue.
    """
    if currency == base or (is_dollar(currency) and is_dollar(base)):
        return Decimal(1)
    if day is not None and day < datetime.now(UTC).date():
        prices = daily_closes_exact([currency, base], day, day, "USD", venue).get(day, {})
    else:
        prices = {symbol: quote.price for symbol, quote in quotes([currency, base], venue).items()}
    if currency not in prices or base not in prices:
        return None
    return prices[currency] / prices[base]
