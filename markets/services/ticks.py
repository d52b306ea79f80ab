"""Ticks in, with the bars they belong to, in one transaction.

Trade ids rise within a market, so nearly every tick is plainly new: those go by COPY straight into
the partitioned table. The rest (late, repeated) go through a temporary table and the primary key,
which drops what is known. The one-second bars of all new ticks are then computed again from the
stored ticks, minutes from seconds and five minutes from minutes: whatever the order in which ticks
come, and however often, the bars are those of the ticks stored. All arithmetic is PostgreSQL's
numeric, hence exact. The figures behind this are in docs/decisions/0007-ticks-and-partitions.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper

from markets.models import Interval
from markets.services.copying import copy_in
from markets.sources.base import Trade


class Stored(NamedTuple):
    """Ticks that were new, those that were there already, and the bars (of 1 s) that moved."""

    new: int
    duplicates: int
    bars: int


_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS tick_stage (
    market_id bigint, time timestamptz, trade_id bigint, price numeric, quantity numeric,
    side varchar(1)
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS tick_touched (
    market_id bigint, second timestamptz
) ON COMMIT DELETE ROWS;
TRUNCATE tick_stage, tick_touched
"""
_INSERT = """
WITH fresh AS (
    INSERT INTO markets_tick (market_id, time, trade_id, price, quantity, side)
    SELECT * FROM tick_stage
    ON CONFLICT DO NOTHING
    RETURNING market_id, time
), touched AS (
    INSERT INTO tick_touched
    SELECT market_id, date_bin('1 second', time, timestamptz 'epoch') FROM fresh
)
SELECT count(*) FROM fresh
"""
_MARKS = """
SELECT m.id, t.trade_id FROM unnest(%s::bigint[]) AS m(id) CROSS JOIN LATERAL (
    SELECT trade_id FROM markets_tick WHERE market_id = m.id
    ORDER BY time DESC, trade_id DESC LIMIT 1
) AS t
"""
# A bar of ticks never replaces one that saw more trades: the venue's own candle is whole where the
# stream began in its middle.
_MERGE = """
    ON CONFLICT (market_id, interval, open_time) DO UPDATE SET
        open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
        volume = excluded.volume, vwap = excluded.vwap, trades = excluded.trades,
        is_closed = excluded.is_closed
    WHERE excluded.trades >= c.trades OR (c.trades IS NULL AND NOT c.is_closed)
"""
_COLUMNS = """
    INSERT INTO markets_candle AS c (market_id, interval, open_time, open, high, low, close,
        volume, vwap, trades, is_closed)
"""
# The bounds are constants of the statement so that the planner leaves other partitions alone.
_SECONDS = f"""
    {_COLUMNS}
    SELECT market_id, '1s', second, prices[1], high, low, prices[trades], volume,
        round(turnover / nullif(volume, 0), 18), trades, second + interval '1 second' <= now()
    FROM (SELECT DISTINCT market_id, second FROM tick_touched) AS b CROSS JOIN LATERAL (
        SELECT array_agg(t.price ORDER BY t.time, t.trade_id) AS prices,
            max(t.price) AS high, min(t.price) AS low, sum(t.quantity) AS volume,
            sum(t.price * t.quantity) AS turnover, count(*)::int AS trades
        FROM markets_tick t
        WHERE t.market_id = b.market_id
            AND t.time >= b.second AND t.time < b.second + interval '1 second'
            AND t.time >= %s AND t.time < %s
    ) AS folded
    {_MERGE}
"""  # noqa: S608 - constants of this module only
# For each bar its own few: joined at once they are read off the whole table, hundreds of thousands
# of bars four times a second, as long as nobody has counted them.
_ROLL_UP = f"""
    {_COLUMNS}
    SELECT market_id, %(to)s, start, opens[1], high, low, closes[bars], volume,
        round(turnover / nullif(volume, 0), 18), trades, start + %(length)s::interval <= now()
    FROM (
        SELECT DISTINCT market_id,
            date_bin(%(length)s::interval, second, timestamptz 'epoch') AS start
        FROM tick_touched
    ) AS b CROSS JOIN LATERAL (
        SELECT array_agg(s.open ORDER BY s.open_time) AS opens,
            array_agg(s.close ORDER BY s.open_time) AS closes, max(s.high) AS high,
            min(s.low) AS low, sum(s.volume) AS volume, count(*)::int AS bars,
            sum(coalesce(s.vwap * s.volume, 0)) AS turnover, sum(s.trades)::int AS trades
        FROM markets_candle s
        WHERE s.market_id = b.market_id AND s.interval = %(of)s
            AND s.open_time >= b.start AND s.open_time < b.start + %(length)s::interval
    ) AS folded
    WHERE bars > 0
    {_MERGE}
"""  # noqa: S608 - constants of this module only
_LAST = """
    INSERT INTO markets_lastprice AS l (market_id, price, time, updated_at)
    SELECT market_id, price, timestamptz 'epoch' + time * interval '1 microsecond',
        clock_timestamp()
    FROM unnest(%s::bigint[], %s::numeric[], %s::bigint[]) AS n(market_id, price, time)
    ORDER BY market_id
    ON CONFLICT (market_id) DO UPDATE SET
        price = excluded.price, time = excluded.time, updated_at = excluded.updated_at
    WHERE excluded.time >= l.time
"""
_CLOSE = """
    UPDATE markets_candle SET is_closed = true
    WHERE NOT is_closed AND interval = %s AND open_time <= now() - %s::interval
"""
_TICK_COLUMNS = "markets_tick (market_id, time, trade_id, price, quantity, side)"
_TICKS_A_WRITE = 2000
_NEVER_NEW = 2**63
_TRADE_ID = attrgetter("trade_id")
_ROLLS = (("1s", Interval.M1), ("1m", Interval.M5))


class TickStore:
    """Stores trades for one process; remembers the highest trade id of each market.

    The memory only makes it fast. Two processes may store the same trades at the same time.
    """

    def __init__(self, market_ids: Mapping[str, int]) -> None:
        """``market_ids`` maps the venue's symbols to primary keys of markets."""
        self._ids = dict(market_ids)
        self._marks: dict[str, int] = {}

    def store(self, trades: Sequence[Trade]) -> Stored:
        """Store trades (any order, repeats allowed), their 1s, 1m and 5m bars and last prices.

        All or nothing: after a database error the same batch may be stored again. KeyError on a
        symbol without a market.
        """
        if not trades:
            return Stored(0, 0, 0)
        self._learn({trade.symbol for trade in trades} - self._marks.keys())
        trades = sorted(trades, key=_TRADE_ID)  # one early bird would make the others look late
        batch = _Batch(self._ids, self._marks, trades)
        try:
            stored = batch.store()
        except IntegrityError:  # another process was faster: let the primary key sort it out
            batch = _Batch(self._ids, dict.fromkeys(self._marks, _NEVER_NEW), trades)
            stored = batch.store()
            self._marks.clear()
            return stored
        self._marks = batch.marks
        return stored

    def _learn(self, symbols: set[str]) -> None:
        if not symbols:
            return
        by_id = {self._ids[symbol]: symbol for symbol in symbols}
        with connection.cursor() as cursor:
            cursor.execute(_MARKS, [list(by_id)])
            found = {by_id[market_id]: trade_id for market_id, trade_id in cursor.fetchall()}
        self._marks |= {symbol: found.get(symbol, -1) for symbol in symbols}


def store_ticks(market_ids: Mapping[str, int], trades: Sequence[Trade]) -> Stored:
    """Store one batch; see :meth:`TickStore.store`, which is faster for many."""
    return TickStore(market_ids).store(trades)


class _Batch:
    """One batch on its way: what is surely new is told from the rest while it is sent."""

    def __init__(
        self, ids: Mapping[str, int], marks: Mapping[str, int], trades: Sequence[Trade]
    ) -> None:
        self.marks = dict(marks)
        self._ids = ids
        self._trades = trades
        self._doubtful: list[str] = []
        self._touched: dict[int, set[int]] = {pk: set() for pk in ids.values()}
        self._newest = {trade.symbol: trade for trade in trades}

    def store(self) -> Stored:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_STAGE)
            starts = range(0, len(self._trades), _TICKS_A_WRITE)
            parts = (self._trades[start : start + _TICKS_A_WRITE] for start in starts)
            copy_in(cursor, _TICK_COLUMNS, map(self._sure_lines, parts))
            new = len(self._trades) - len(self._doubtful) + self._store_doubtful(cursor)
            bars = self._fold(cursor) if new else 0
            _set_last(cursor, {self._ids[name]: trade for name, trade in self._newest.items()})
            _close(cursor)
        return Stored(new, len(self._trades) - new, bars)

    def _sure_lines(self, trades: Sequence[Trade]) -> str:
        """COPY lines of the trades above their market's mark; the others are kept for later.

        The hot loop of the ingest: a call or a tuple more in it is a tenth of its time.
        """
        lines, doubtful, ids, marks = [], self._doubtful, self._ids, self.marks
        newest, touched = self._newest, self._touched
        second, clock = -1, ""
        for trade in trades:
            symbol, time, trade_id = trade.symbol, trade.time, trade.trade_id
            market_id = ids[symbol]
            if time // 1_000_000 != second:
                second = time // 1_000_000
                clock = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S.")
            line = (
                f"{market_id}\t{clock}{time % 1_000_000:06}+00\t{trade_id}\t{trade.price!s}\t"
                f"{trade.quantity!s}\t{trade.side}\n"
            )
            if trade_id > marks[symbol]:
                marks[symbol] = trade_id
                lines.append(line)
                touched[market_id].add(second)
            else:
                doubtful.append(line)
            if time >= newest[symbol].time:  # ids rise, so that the last of a moment wins
                newest[symbol] = trade
        return "".join(lines)

    def _store_doubtful(self, cursor: CursorWrapper) -> int:
        if not self._doubtful:
            return 0
        copy_in(cursor, "tick_stage", ["".join(self._doubtful)])
        cursor.execute(_INSERT)
        (new,) = cursor.fetchone()
        return int(new)

    def _fold(self, cursor: CursorWrapper) -> int:
        lines = (
            "".join(f"{market_id}\t{_floor(second)}\n" for second in seconds)
            for market_id, seconds in self._touched.items()
        )
        copy_in(cursor, "tick_touched", lines)
        first = min(trade.time for trade in self._trades) // 1_000_000
        last = max(trade.time for trade in self._trades) // 1_000_000
        # The index gives a bucket in the order in which it is folded; a bitmap would lose it.
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(_SECONDS, [_floor(first), _floor(last + 1)])
        bars: int = cursor.rowcount
        for of, to in _ROLLS:
            cursor.execute(_ROLL_UP, {"of": of, "to": to.value, "length": to.sql})
        return bars


def _floor(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _set_last(cursor: CursorWrapper, newest: Mapping[int, Trade]) -> None:
    trades = newest.values()
    cursor.execute(
        _LAST, [list(newest), [trade.price for trade in trades], [trade.time for trade in trades]]
    )


def _close(cursor: CursorWrapper) -> None:
    for interval in (Interval.S1, Interval.M1, Interval.M5):
        cursor.execute(_CLOSE, [interval.value, interval.sql])
