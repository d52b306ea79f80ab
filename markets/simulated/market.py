"""All pairs of the simulated market: candles of every interval, the last day's summary, trades
pushed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import numpy as np

from markets.simulated.bars import DAY, MINUTE, SECOND, Bars, Ints, following, joined, opening
from markets.simulated.cache import Cache
from markets.simulated.coins import BATCHES, COINS, Coin
from markets.simulated.generator import EPOCH, UNIX_EPOCH, generate
from markets.simulated.tape import LEAST_TRADES, MINUTES, Column, Push, Tape
from markets.simulated.trades import Trades

HISTORY_DAYS: Final = 1_461
AHEAD_DAYS: Final = 30
DEFAULT_SEED: Final = 9
DEFAULT_RATE: Final = 30.0
_CACHED_DAYS: Final = 3 * len(COINS)
_FIRST_ID: Final = 1_000_000


class BadTradeError(ValueError):
    """A pushed trade that cannot be: ``field`` names what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Summary:
    """The last 24 hours of a pair; prices in ticks, volume in lots, quote in tick·lots, times in
    ms.
    """

    opened_at: int
    closed_at: int
    open: int
    high: int
    low: int
    last: Trades
    volume: int
    quote: int
    count: int


class Market:
    """A pure function of (seed, rate, moment) and of the trades pushed in.

    ``rate`` is the usual number of trades a second over the pairs of the first batch; each pair
    makes at least 4 trades a minute, so that the least possible rate is about 2.7. ``now`` is ms
    since 1970.
    """

    def __init__(self, seed: int, rate: float, now: int) -> None:
        self.seed = seed
        self.rate = rate
        self.opened_day = now // DAY - HISTORY_DAYS
        self._cache: Cache[Bars] = Cache(_CACHED_DAYS)
        self._days = generate(seed, now // DAY + AHEAD_DAYS)
        self.tapes = {
            coin.symbol: Tape(coin, seed, self._column(i), self._cache)
            for i, coin in enumerate(COINS)
        }

    @property
    def coins(self) -> tuple[Coin, ...]:
        return COINS

    def keep_up(self, now: int) -> None:
        """Make more days when the end of those made comes near."""
        if now // DAY + 2 > self._days.last:
            self._days = generate(self.seed, now // DAY + AHEAD_DAYS)
            for i, coin in enumerate(COINS):
                self.tapes[coin.symbol].extend(self._column(i))

    def _column(self, i: int) -> Column:
        days, coin = self._days, COINS[i]
        listed = coin.listed.toordinal() - UNIX_EPOCH if coin.listed else EPOCH
        rows = slice(max(0, listed - days.first), None)
        weight = coin.turnover**0.5
        # by the first batch alone: the numbers of its trades stay, whatever is listed later
        share = self.rate * 86_400 * weight / sum(c.turnover**0.5 for c in COINS[BATCHES[0]])
        count = np.rint(share * days.activity[rows, i]).astype(np.int64)
        count = np.maximum(LEAST_TRADES * MINUTES, count)
        volume = np.maximum(days.volume[rows, i], 2 * count)
        opened, high = days.open[rows, i], days.high[rows, i]
        low, close = days.low[rows, i], days.close[rows, i]
        quote = volume * (opened + high + low + close) // 4
        buy = np.minimum(days.buy[rows, i], volume)
        spent = np.rint(quote * (buy / volume)).astype(np.int64)
        first = days.first + (rows.start or 0)
        time = (first + np.arange(len(count), dtype=np.int64)) * DAY
        bars = Bars(time, opened, high, low, close, volume, quote, count, buy, spent)
        first_id = _FIRST_ID + np.cumsum(count) - count
        return Column(first, bars, days.sigma[rows, i], first_id)

    # pushed trades

    def push(self, symbol: str, price: Decimal, quantity: Decimal, now: int) -> Trades:
        """Make a trade at ``now`` from which the price goes on; one row with its id.

        Raises KeyError for an unknown pair and BadTradeError for a bad price or quantity.
        """
        tape = self.tapes[symbol]
        ticks = whole("price", price, tape.coin.price_decimals)
        lots = whole("quantity", quantity, tape.coin.lot_decimals)
        times = [push.time for push in tape.pushes[-1:]]
        before = int(tape.last(now).price[0])
        _within_reason(tape, ticks, lots, now)
        return tape.push(Push(max([now, *times]), ticks, lots, maker=ticks < before))

    # candles

    def candles(
        self,
        symbol: str,
        interval: str,
        *,
        start: int | None,
        end: int | None,
        limit: int,
        now: int,
    ) -> Bars:
        """Bars that open in [start, end], as Binance's klines: the oldest from ``start`` on, else
        the newest.

        The bar that is still open is included, as its trades up to ``now`` make it.
        """
        tape = self.tapes[symbol]
        floor = max(self.opened_day, tape.first_day) * DAY
        last = min(now if end is None else end, now)
        if start is None:
            opened = _back(interval, last, limit)
        else:
            opened = max(start, floor)
            last = min(last, _forward(interval, opened, limit))
        bars = self._range(tape, interval, max(opened, floor), last, now)
        return bars.between(max(opened, floor), last + 1).pick(
            slice(0, limit) if start is not None else slice(-limit, None)
        )

    def _range(self, tape: Tape, interval: str, start: int, last: int, now: int) -> Bars:
        if start > last:
            return joined([])
        if interval == "1s":
            return self._seconds(tape, start, last, now)
        start = int(opening(interval, np.array([start]))[0])
        end = min(following(interval, int(opening(interval, np.array([last]))[0])) - 1, now)
        if interval in {"1d", "3d", "1w", "1M"}:
            return self._days_between(tape, start // DAY, end, now).grouped(interval)
        days = range(max(start // DAY, tape.first_day), end // DAY + 1)
        parts = [self._minutes_of(tape, day, now).between(start, end + 1) for day in days]
        return joined([part.grouped(interval) for part in parts])

    def _minutes_of(self, tape: Tape, day: int, now: int) -> Bars:
        """The day's minutes up to ``now``, the open one included."""
        if now >= (day + 1) * DAY:
            return tape.minutes(day)
        minute = now // MINUTE
        return joined(
            [tape.minutes(day).between(day * DAY, minute * MINUTE), tape.so_far(minute, now)]
        )

    def _days_between(self, tape: Tape, first: int, end: int, now: int) -> Bars:
        today = now // DAY
        whole_days = tape.days(first, min(end // DAY, today - 1))
        if end // DAY < today:
            return whole_days
        return joined([whole_days, self._minutes_of(tape, today, now).grouped("1d")])

    def _seconds(self, tape: Tape, start: int, last: int, now: int) -> Bars:
        """Bars of one second; a second without a trade stays at the close before it."""
        first, end = start // SECOND, min(last, now) // SECOND
        minutes = range(first * SECOND // MINUTE, end * SECOND // MINUTE + 1)
        traded = [tape.so_far(minute, now, SECOND) for minute in minutes]
        before = tape.last(first * SECOND - 1).bars(SECOND)
        return _gapless(joined([before, *traded]), first, end)

    def at(self, symbol: str, interval: str, moment: int, now: int) -> Bars:
        """The bar that holds ``moment``, as known at ``now``: one row, or none before a trade."""
        opened = int(opening(interval, np.array([moment]))[0])
        return self._range(self.tapes[symbol], interval, opened, moment, now)

    def summary(self, symbol: str, now: int) -> Summary:
        """What the last 24 hours brought, in whole minutes."""
        tape = self.tapes[symbol]
        start = (now - DAY) // MINUTE * MINUTE + MINUTE
        days = [d for d in (start // DAY, now // DAY) if d >= tape.first_day]
        bars = joined([self._minutes_of(tape, day, now) for day in dict.fromkeys(days)])
        bars = bars.between(start, now + 1)
        return Summary(
            opened_at=start,
            closed_at=now,
            open=int(bars.open[0]),
            high=int(bars.high.max()),
            low=int(bars.low.min()),
            last=tape.last(now),
            volume=int(bars.volume.sum()),
            quote=int(bars.quote.sum()),
            count=int(bars.count.sum()),
        )

    def listed(self, now: int) -> list[Coin]:
        """The pairs that are traded at ``now``: those listed a day ago or earlier."""
        return [c for c in COINS if self.tapes[c.symbol].first_day < now // DAY]


def whole(field: str, value: Decimal, decimals: int) -> int:
    """A decimal as whole ticks or lots; raises BadTradeError unless it is positive and at least one
    step.
    """
    if not value.is_finite() or value <= 0 or value > Decimal("1e12"):
        raise BadTradeError(field, f"{value} is not a positive number up to 1e12")
    steps = int((value.scaleb(decimals)).to_integral_value(rounding=ROUND_HALF_UP))
    if steps < 1:
        raise BadTradeError(field, f"{value} is below the smallest step 1e-{decimals}")
    return steps


def _within_reason(tape: Tape, price: int, lots: int, now: int) -> None:
    """Sums are int64: refuse what a month of trading at that price or size could overflow."""
    path = tape.path_price(now)
    if not path <= price * 1000 or price > 10 * path:
        raise BadTradeError("price", "must be between 0.001 and 10 times the generator's own price")
    if price * lots > 10**17:
        raise BadTradeError("quantity", "is too large for this pair at this price")


def _back(interval: str, last: int, limit: int) -> int:
    """Open time of the bar ``limit`` bars before the one that holds ``last``."""
    width = 31 * DAY if interval == "1M" else following(interval, 0)
    return last - width * limit


def _forward(interval: str, start: int, limit: int) -> int:
    width = 31 * DAY if interval == "1M" else following(interval, 0)
    return start + width * limit


def _gapless(bars: Bars, first: int, end: int) -> Bars:
    """Seconds ``first`` to ``end`` (since 1970): flat and empty where nothing was traded.

    Needs one bar before ``first`` to start from.
    """
    seconds = np.arange(first, end + 1, dtype=np.int64) * SECOND
    at = np.searchsorted(bars.time, seconds, "right") - 1
    traded = bars.time[at] == seconds
    close: Ints = bars.close[at]

    def price(column: Ints) -> Ints:
        return np.where(traded, column[at], close)

    def total(column: Ints) -> Ints:
        return np.where(traded, column[at], 0)

    return Bars(
        seconds,
        open=price(bars.open),
        high=price(bars.high),
        low=price(bars.low),
        close=close,
        volume=total(bars.volume),
        quote=total(bars.quote),
        count=total(bars.count),
        buy=total(bars.buy),
        buy_quote=total(bars.buy_quote),
    )
