"""One pair's whole record: days, minutes and single trades, with the trades pushed in from outside.

Minutes are cut from days and trades from minutes by generators keyed with (seed, pair, moment), so
that any part can be asked for at any time and comes out the same. A pushed trade multiplies all
later prices: the market goes on from it.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from markets.simulated.bars import DAY, MINUTE, Bars, Ints, joined, ticks
from markets.simulated.bridge import shares, spread, through, tilted
from markets.simulated.cache import Cache
from markets.simulated.coins import Coin
from markets.simulated.trades import Trades, stitched

MINUTES: Final = 1_440
LEAST_TRADES: Final = 4  # a minute's open, high, low and close are trades of their own


@dataclass(frozen=True, slots=True)
class Push:
    """A trade pushed from outside: time in ms, price in ticks, size in lots."""

    time: int
    price: int
    lots: int
    maker: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One pair's daily rows from ``first`` (days since 1970) on; see generator.Days."""

    first: int
    bars: Bars
    sigma: NDArray[np.float64]
    first_id: Ints


class Tape:
    """The record of one pair. All moments are ms since 1970, minutes and days are counted since
    1970.
    """

    def __init__(self, coin: Coin, seed: int, column: Column, days: Cache[Bars]) -> None:
        self.coin = coin
        self._seed = [seed, zlib.crc32(coin.symbol.encode())]
        self._column = column
        self._days = days
        self._ticks: Cache[Trades] = Cache(90)
        self._pushed: list[Push] = []
        self._times: list[int] = []
        self._factors: list[float] = [1.0]

    def extend(self, column: Column) -> None:
        """Take a longer column; the days known so far are the same in it."""
        self._column = column

    @property
    def first_day(self) -> int:
        return self._column.first

    @property
    def pushes(self) -> tuple[Push, ...]:
        return tuple(self._pushed)

    # the deterministic record

    def _base_minutes(self, day: int) -> Bars:
        key = (self._seed[1], day, 0)
        return self._days.get(key, lambda: self._cut_day(day))

    def _cut_day(self, day: int) -> Bars:
        """1,440 minutes whose extremes and sums are exactly those of the day."""
        row = day - self._column.first
        whole = self._column.bars.pick(slice(row, row + 1))
        opened, high, low, close = (
            int(column[0]) for column in (whole.open, whole.high, whole.low, whole.close)
        )
        rng = np.random.default_rng([*self._seed, day])
        step = float(self._column.sigma[row]) * 0.9 / MINUTES**0.5
        logs = (np.log(opened), np.log(high), np.log(low), np.log(close))
        path = np.rint(np.exp(through(rng, logs, MINUTES + 1, step))).astype(np.int64)
        begin, end = path[:-1], path[1:]
        wicks = np.exp(np.abs(rng.standard_normal((2, MINUTES))) * step * 0.6)
        top = np.minimum(high, np.rint(np.maximum(begin, end) * wicks[0])).astype(np.int64)
        bottom = np.maximum(low, np.rint(np.minimum(begin, end) / wicks[1])).astype(np.int64)
        return self._fill(rng, whole, (begin, top, bottom, end))

    def _fill(
        self, rng: np.random.Generator, whole: Bars, prices: tuple[Ints, Ints, Ints, Ints]
    ) -> Bars:
        """Spread the day's trades, volume and quote over its minutes."""
        begin, top, bottom, end = prices
        volume, quote, count, buy = (
            int(column[0]) for column in (whole.volume, whole.quote, whole.count, whole.buy)
        )
        daytime = 1 + 0.35 * np.sin((np.arange(MINUTES) - 480) / MINUTES * 2 * np.pi)
        busy = daytime * rng.gamma(4.0, 1.0, MINUTES)
        counts = shares(count, busy, LEAST_TRADES)
        typical = (begin + top + bottom + end) / 4
        weights = tilted(busy * rng.gamma(3.0, 1.0, MINUTES), typical, quote / volume)
        volumes = counts + shares(volume - count, weights)
        quotes = spread(quote, volumes * typical)
        bought, spent = spread(buy, volumes), spread(int(whole.buy_quote[0]), quotes)
        times = int(whole.time[0]) + np.arange(MINUTES, dtype=np.int64) * MINUTE
        return Bars(times, begin, top, bottom, end, volumes, quotes, counts, bought, spent)

    def _base_trades(self, minute: int) -> Trades:
        return self._ticks.get((minute,), lambda: self._cut_minute(minute))

    def _cut_minute(self, minute: int) -> Trades:
        """The minute's trades: they touch its four prices and add up to its volume."""
        day, row = divmod(minute, MINUTES)
        bars = self._base_minutes(day)
        opened, high, low, close, volume, quote, count = (
            int(column[row])
            for column in (
                bars.open,
                bars.high,
                bars.low,
                bars.close,
                bars.volume,
                bars.quote,
                bars.count,
            )
        )
        rng = np.random.default_rng([*self._seed, day, row + 1])
        path = through(rng, (opened, high, low, close), count, 0.5 * (high - low) / count**0.5)
        price = np.rint(path).astype(np.int64)
        weights = tilted(rng.gamma(0.8, 1.0, count) + 0.02, price, quote / volume)
        change = np.diff(price, prepend=price[0])
        maker = np.where(change == 0, rng.random(count) < 0.5, change < 0)
        time = np.sort(rng.integers(0, MINUTE, count)) + minute * MINUTE
        first = self._base_first_id(minute)
        ids = first + np.arange(count, dtype=np.int64)
        return Trades(ids, time, price, shares(volume, weights, 1), maker)

    def _base_first_id(self, minute: int) -> int:
        day, row = divmod(minute, MINUTES)
        counts = self._base_minutes(day).count
        return int(self._column.first_id[day - self._column.first] + counts[:row].sum())

    def path_price(self, moment: int) -> int:
        """The price in ticks that the generator alone has at a moment."""
        minute = moment // MINUTE
        seen = self._base_trades(minute).until(moment)
        if len(seen):
            return int(seen.price[-1])
        return int(self._base_minutes(minute // MINUTES).open[minute % MINUTES])

    # with what was pushed

    def push(self, trade: Push) -> Trades:
        """Put a trade into the record, not earlier than the last one pushed; returns it with its
        id.
        """
        if self._times and trade.time < self._times[-1]:
            raise ValueError(f"time: {trade.time} is before the last pushed trade")
        self._factors.append(trade.price / self.path_price(trade.time))
        self._times.append(trade.time)
        self._pushed.append(trade)
        minute = self.trades(trade.time // MINUTE)
        before = int(np.searchsorted(minute.time, trade.time, "right"))
        return minute.pick(slice(before - 1, before))

    def trades(self, minute: int) -> Trades:
        """All trades of one minute."""
        base = self._base_trades(minute)
        if not self._times or self._times[0] >= (minute + 1) * MINUTE:
            return base
        earlier = np.searchsorted(self._times, base.time, "left")
        price = ticks(base.price, np.array(self._factors)[earlier])
        moved = Trades(base.id + earlier, base.time, price, base.lots, base.maker)
        inside = range(
            bisect_left(self._times, minute * MINUTE),
            bisect_left(self._times, (minute + 1) * MINUTE),
        )
        if not inside:
            return moved
        first = self._base_first_id(minute)
        rows = [self._pushed[i] for i in inside]
        seen = np.searchsorted(base.time, [row.time for row in rows], "right")
        pushed = Trades(
            first + seen + np.array(inside),
            np.array([row.time for row in rows]),
            np.array([row.price for row in rows]),
            np.array([row.lots for row in rows]),
            np.array([row.maker for row in rows]),
        )
        both = stitched([moved, pushed])
        return both.pick(np.argsort(both.id, kind="stable"))

    def minutes(self, day: int) -> Bars:
        """The 1,440 minutes of a day, the future ones of today included."""
        base = self._base_minutes(day)
        known = bisect_left(self._times, (day + 1) * DAY)
        if not known:
            return base
        key = (self._seed[1], day, known)
        return self._days.get(key, lambda: self._pushed_minutes(base))

    def _pushed_minutes(self, base: Bars) -> Bars:
        factor = np.array(self._factors)[np.searchsorted(self._times, base.time, "left")]
        bars = base.scaled(factor)
        start, end = int(base.time[0]), int(base.time[-1]) + MINUTE
        hit = sorted({time // MINUTE for time in self._times if start <= time < end})
        parts, done = [], 0
        for minute in hit:
            row = minute - start // MINUTE
            parts += [bars.pick(slice(done, row)), self.trades(minute).bars(MINUTE)]
            done = row + 1
        return joined([*parts, bars.pick(slice(done, None))])

    def days(self, first: int, last: int) -> Bars:
        """The bars of whole days, ``first`` to ``last`` included, as far back as the pair is
        listed.
        """
        first = max(first, self._column.first)
        rows = slice(first - self._column.first, max(first, last + 1) - self._column.first)
        base = self._column.bars.pick(rows)
        if not self._times or self._times[0] >= (last + 1) * DAY:
            return base
        bars = base.scaled(np.array(self._factors)[np.searchsorted(self._times, base.time, "left")])
        hit = {time // DAY for time in self._times}
        parts = [
            self.minutes(day).grouped("1d") if day in hit else bars.pick(slice(row, row + 1))
            for row, day in enumerate(range(first, last + 1))
        ]
        return joined(parts)

    # reading at a moment

    def so_far(self, minute: int, now: int, width: int = MINUTE) -> Bars:
        """The bars of a minute as its trades up to ``now`` make them."""
        return self.trades(minute).until(now).bars(width)

    def last(self, now: int) -> Trades:
        """The newest trade at ``now``: one row."""
        minute = now // MINUTE
        seen = self.trades(minute).until(now)
        seen = seen if len(seen) else self.trades(minute - 1)
        return seen.pick(slice(len(seen) - 1, None))

    def recent(self, limit: int, now: int) -> Trades:
        """The newest ``limit`` trades at ``now``, oldest first."""
        minute = now // MINUTE
        parts = [self.trades(minute).until(now)]
        while sum(map(len, parts)) < limit and minute > self._column.first * MINUTES:
            minute -= 1
            parts.insert(0, self.trades(minute))
        whole = stitched(parts)
        return whole.pick(slice(max(0, len(whole) - limit), None))

    def since_id(self, wanted: int, limit: int, now: int) -> Trades:
        """Up to ``limit`` trades from the id ``wanted`` on; none beyond ``now``."""
        minute = self._minute_of(wanted, now)
        parts: list[Trades] = []
        while minute <= now // MINUTE and sum(map(len, parts)) < limit:
            found = self.trades(minute).until(now)
            parts.append(found.pick(slice(int(np.searchsorted(found.id, wanted)), None)))
            minute += 1
        return stitched(parts).pick(slice(0, limit))

    def since_time(self, start: int, limit: int, end: int) -> Trades:
        """Up to ``limit`` trades made in [start, end] (ms)."""
        minute = min(max(start // MINUTE, self._column.first * MINUTES), end // MINUTE)
        parts = [self.trades(minute).pick(slice(0, 0))]
        while minute <= end // MINUTE and sum(map(len, parts)) < limit:
            found = self.trades(minute).until(end)
            parts.append(found.pick(slice(int(np.searchsorted(found.time, start)), None)))
            minute += 1
        return stitched(parts).pick(slice(0, limit))

    def _minute_of(self, wanted: int, now: int) -> int:
        starts = np.arange(self._column.first, now // DAY + 1) * DAY
        firsts = self._column.first_id[: len(starts)] + np.searchsorted(self._times, starts, "left")
        day = self._column.first + max(0, int(np.searchsorted(firsts, wanted, "right")) - 1)
        bars = self._base_minutes(day)
        base = self._column.first_id[day - self._column.first]
        ids = base + np.cumsum(bars.count) - bars.count
        ids += np.searchsorted(self._times, bars.time, "left")
        row = max(0, int(np.searchsorted(ids, wanted, "right")) - 1)
        return min(day * MINUTES + row, now // MINUTE)
