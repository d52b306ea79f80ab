"""Candles go in by COPY and one upsert, so that replays and late corrections are harmless."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from django.db import connection, transaction

from markets.models import Interval, Market
from markets.services.copying import copy_in
from markets.sources.base import Bar


class Upserted(NamedTuple):
    """Rows that were new, rows that changed, and rows that were there already or lost."""

    inserted: int
    updated: int
    unchanged: int


STAGE = "candle_stage"
_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS candle_stage (
    market_id bigint, interval varchar(3), open_time timestamptz,
    open numeric, high numeric, low numeric, close numeric, volume numeric,
    vwap numeric, trades integer, is_closed boolean
) ON COMMIT DELETE ROWS
"""
# A version is never used again, not even by a transaction that follows one that was rolled back:
# the transaction's number, and a count within it.
# A bar that saw more trades is the more complete one; a closed bar never opens again.
_UPSERT = """
WITH written AS (
    INSERT INTO markets_candle AS c (market_id, interval, open_time, open, high, low, close,
        volume, vwap, trades, is_closed)
    SELECT DISTINCT ON (market_id, interval, open_time) market_id, interval, open_time,
        open, high, low, close, volume, round(vwap, 18), trades, is_closed
    FROM candle_stage ORDER BY market_id, interval, open_time
    ON CONFLICT (market_id, interval, open_time) DO UPDATE SET
        open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
        volume = excluded.volume, vwap = excluded.vwap, trades = excluded.trades,
        is_closed = excluded.is_closed
    WHERE (excluded.is_closed OR NOT c.is_closed)
        AND (excluded.trades IS NULL OR c.trades IS NULL OR excluded.trades >= c.trades)
        AND (c.open, c.high, c.low, c.close, c.volume, c.vwap, c.trades, c.is_closed)
            IS DISTINCT FROM (excluded.open, excluded.high, excluded.low, excluded.close,
                excluded.volume, excluded.vwap, excluded.trades, excluded.is_closed)
    RETURNING (xmax = 0) AS is_new, market_id, interval
), versions AS (
    UPDATE markets_venue SET history_version = greatest(
        history_version + 1, pg_current_xact_id()::text::bigint << 20)
    WHERE id IN (SELECT venue_id FROM markets_market WHERE id IN
        (SELECT market_id FROM written WHERE interval = '1d'))
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
    (SELECT count(*) FROM candle_stage) FROM written
"""
_LINES_A_WRITE = 2000


def upsert_candles(market: Market, interval: str, bars: Iterable[Bar]) -> Upserted:
    """Store bars of one market; the newest word wins unless it saw fewer trades."""
    kind = Interval(interval)
    return upsert_lines(copy_line(market.pk, kind, bar) for bar in bars)


def copy_line(market_id: int, interval: Interval, bar: Bar) -> str:
    r"""One line of COPY's text format; ``\N`` is its null."""
    vwap = r"\N" if bar.vwap is None else bar.vwap
    trades = r"\N" if bar.trades is None else bar.trades
    closed = "t" if bar.is_closed else "f"
    return (
        f"{market_id}\t{interval.value}\t{bar.open_time.isoformat()}\t{bar.open}\t{bar.high}\t"
        f"{bar.low}\t{bar.close}\t{bar.volume}\t{vwap}\t{trades}\t{closed}\n"
    )


def upsert_lines(lines: Iterator[str]) -> Upserted:
    """Store lines made by :func:`copy_line`, of any markets and intervals, in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        make_stage()
        copy_in(cursor, STAGE, iter(lambda: "".join(islice(lines, _LINES_A_WRITE)), ""))
        return upsert_stage()


def make_stage() -> None:
    """Make the temporary table that :func:`upsert_stage` stores, empty; inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.execute(f"TRUNCATE {STAGE}")  # this transaction may have used it before


def upsert_stage() -> Upserted:
    """Store what lies in the stage."""
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT)
        inserted, updated, staged = cursor.fetchone()
    return Upserted(inserted, updated, staged - inserted - updated)
