"""Ticks stored a second, with their bars, beside Django's plain ways (which make no bars).

Needs Django set up on a migrated database. It writes at a venue of its own and removes it again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Final

from django.db import connection

from markets import partitions
from markets.board import from_microseconds
from markets.models import Market, Tick, Venue
from markets.services import ensure_market, ensure_venue
from markets.services.ticks import TickStore
from markets.sources.base import Trade

MARKETS: Final = 20
COUNT: Final = 200_000
BATCH: Final = 20_000
#: Of a hundred ticks: so many come again, and so many come up to three seconds late.
REPEATED: Final = 5
LATE: Final = 2
_INSERT: Final = (
    "INSERT INTO markets_tick (market_id, time, trade_id, price, quantity, side)"
    " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)


def trades(count: int, first_id: int, seed: int = 1) -> list[Trade]:
    """Generated trades of MARKETS markets, 10,000 a second, some repeated, some late."""
    rng = random.Random(seed)  # noqa: S311 - test data
    start = int(time.time() * 1_000_000) - 3_600_000_000 + first_id
    made = [
        Trade(
            f"M{n % MARKETS}USDT",
            first_id + n,
            start + n * 100,
            Decimal(6_400_000 + rng.randrange(10_000)).scaleb(-2),
            Decimal(1 + rng.randrange(100_000)).scaleb(-5),
            "b" if rng.random() < 0.5 else "s",
        )
        for n in range(count)
    ]
    for n in range(0, count, 100):
        for _ in range(LATE):
            at = min(count - 1, n + rng.randrange(100))
            made.insert(min(count - 1, at + rng.randrange(1, 30_000)), made.pop(at))
    again = [made[rng.randrange(count)] for _ in range(count * REPEATED // 100)]
    for each in again:
        made.insert(rng.randrange(len(made)), each)
    return made


def main() -> None:
    """Print a Markdown table."""
    with _venue() as markets:
        ids = {market.symbol: market.pk for market in markets}
        store = TickStore(ids)
        store.store(trades(2_000, 0))
        ours = _rate(trades(COUNT, 10_000_000), store.store)
        many = _rate(trades(COUNT // 8, 20_000_000), lambda part: _executemany(ids, part))
        bulk = _rate(trades(COUNT // 8, 30_000_000), lambda part: _bulk_create(ids, part))
    print("| way | ticks/s | bars | |")
    print("|---|---:|---|---:|")
    for name, bars, rate in (
        ("ours: COPY, bars in the same transaction", "1s, 1m, 5m", ours),
        ("executemany", "none", many),
        ("bulk_create(ignore_conflicts)", "none", bulk),
    ):
        print(f"| {name} | {rate:,.0f} | {bars} | {rate / bulk:.1f} times |")
    print(
        f"\n{COUNT:,} ticks of {MARKETS} markets in batches of {BATCH:,}; {REPEATED} % repeated,"
        f" {LATE} % up to 3 s late; the partitioned table with its primary key."
    )


def _rate(sent: list[Trade], store: Callable[[list[Trade]], object]) -> float:
    started = time.perf_counter()
    for at in range(0, len(sent), BATCH):
        store(sent[at : at + BATCH])
    return len(sent) / (time.perf_counter() - started)


def _executemany(ids: dict[str, int], part: list[Trade]) -> None:
    rows = [
        (ids[t.symbol], from_microseconds(t.time), t.trade_id, t.price, t.quantity, t.side)
        for t in part
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)


def _bulk_create(ids: dict[str, int], part: list[Trade]) -> None:
    Tick.objects.bulk_create(
        [
            Tick(
                market_id=ids[t.symbol],
                time=from_microseconds(t.time),
                trade_id=t.trade_id,
                price=t.price,
                quantity=t.quantity,
                side=t.side,
            )
            for t in part
        ],
        ignore_conflicts=True,
        batch_size=5_000,
    )


@contextmanager
def _venue() -> Iterator[list[Market]]:
    partitions.keep()
    venue = ensure_venue("bench")
    try:
        yield [ensure_market(venue, f"M{n}USDT", "BTC", "USDT") for n in range(MARKETS)]
    finally:
        _remove(venue)


def _remove(venue: Venue) -> None:
    ids = list(Market.objects.filter(venue=venue).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        for table in ("markets_tick", "markets_candle"):
            cursor.execute(f"DELETE FROM {table} WHERE market_id = ANY(%s)", [ids])  # noqa: S608
    venue.delete()
