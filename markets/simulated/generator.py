"""The daily path of the market: a pure function of the seed, the same for every day whenever it is
asked.

Facts of crypto that it keeps (Cont 2001, "Empirical properties of asset returns"): one dominant
market factor and sector factors, Student-t shocks, GARCH(1,1) volatility, two crash days a year on
which the alts fall further than their beta and correlations rise, and levels that wander around a
four-year cycle instead of exploding.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from markets.simulated.coins import BATCHES, COINS, SECTORS, Coin

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNIX_EPOCH: Final = date(1970, 1, 1).toordinal()
EPOCH: Final = date(2020, 1, 1).toordinal() - UNIX_EPOCH
ANCHOR: Final = date(2026, 11, 15).toordinal() - UNIX_EPOCH

YEAR: Final = 365.0
CYCLE_DAYS: Final = 1461.0
CYCLE_SIZE: Final = 0.30
CYCLE_START: Final = 990
MARKET_VOLATILITY: Final = 0.43
SECTOR_VOLATILITY: Final = 0.20
ARCH: Final = 0.13
GARCH: Final = 0.85
TAIL: Final = 4.5
CRASH_EVERY: Final = 183
REVERSION: Final = float(np.log(2)) / 200
#: Streams of random numbers of a later batch of pairs lie this far above those of the one before.
BATCH_STREAMS: Final = 100
#: The dollar moves against all currencies of all batches alike.
DOLLAR_STREAM: Final = 7


@dataclass(frozen=True, slots=True)
class Days:
    """Daily columns of all pairs; rows are days from EPOCH, columns follow COINS.

    Prices are in ticks, volumes in lots, ``sigma`` is the day's standard deviation of the log
    return (no unit).
    """

    first: int
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints
    buy: Ints
    activity: Floats
    sigma: Floats
    crash: NDArray[np.bool_]

    @property
    def last(self) -> int:
        return self.first + len(self.crash) - 1


def _rng(seed: int, stream: int) -> np.random.Generator:
    return np.random.default_rng([seed, stream])


def _student(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    shocks: Floats = rng.standard_t(TAIL, size=shape) * ((TAIL - 2) / TAIL) ** 0.5
    return shocks.clip(-7.0, 7.0)


def crash_depths(seed: int, days: int) -> Floats:
    """Log depth of the market's fall for each day: one day in each half-year, 0 elsewhere. Shape
    (days,).
    """
    blocks = days // CRASH_EVERY + 1
    draws = _rng(seed, 1).random((blocks, 2))
    at = np.arange(blocks) * CRASH_EVERY + (draws[:, 0] * CRASH_EVERY).astype(np.int64)
    depths = np.zeros(blocks * CRASH_EVERY)
    depths[at] = 0.10 + 0.08 * draws[:, 1]
    return depths[:days]


def _market(seed: int, crashes: Floats) -> tuple[Floats, Floats]:
    """Shocks of the market factor and their GARCH standard deviations. Shapes (days,)."""
    shocks = _student(_rng(seed, 2), (len(crashes),))
    mean = MARKET_VOLATILITY**2 / YEAR
    variance, out, sigma = mean, np.empty(len(crashes)), np.empty(len(crashes))
    for day, (shock, depth) in enumerate(zip(shocks, crashes, strict=True)):
        sigma[day] = variance**0.5
        out[day] = -depth if depth else sigma[day] * shock
        surprise = min(float(out[day] ** 2), 14 * mean)
        variance = mean * (1 - ARCH - GARCH) + ARCH * surprise + GARCH * variance
    return out, sigma


def _reverting(shocks: Floats, pull: float) -> Floats:
    """The level that ``shocks`` add up to while it is pulled back to zero by the share ``pull``
    each day.
    """
    level, out = np.zeros(shocks.shape[1:]), np.empty_like(shocks)
    for day, shock in enumerate(shocks):
        level = level * (1 - pull) + shock
        out[day] = level
    return out


def _coin_levels(
    seed: int, coins: list[Coin], crashes: Floats, first: int
) -> tuple[Floats, Floats]:
    """Log deviation from each coin's level (0 on ANCHOR) and daily sigma. Shapes (days, coins)."""
    days = len(crashes)
    shock, sigma = _market(seed, crashes)
    stress = np.clip(sigma / (MARKET_VOLATILITY / YEAR**0.5), 0.6, 2.5)[:, None] ** 0.8
    market = _reverting(shock[:, None], REVERSION)
    market += CYCLE_SIZE * np.sin(2 * np.pi * (np.arange(days) - CYCLE_START) / CYCLE_DAYS)[:, None]
    sector_shocks = _student(_rng(seed, 3), (days, len(SECTORS))) * stress
    sector_shocks *= SECTOR_VOLATILITY / YEAR**0.5
    own = _student(_rng(seed, first + 4), (days, len(coins)))
    noise = np.array([coin.noise for coin in coins]) / YEAR**0.5
    alt = np.array([0.0 if coin.base == "BTC" else 0.25 + coin.noise / 2 for coin in coins])
    own = own * noise * stress - crashes[:, None] * alt
    sector = _reverting(sector_shocks, REVERSION)[:, [SECTORS.index(coin.sector) for coin in coins]]
    sector *= np.array([0.0 if coin.base == "BTC" else 1.0 for coin in coins])
    beta = np.array([coin.beta for coin in coins])
    levels = market * beta + sector + _reverting(own, REVERSION)
    spread = np.sqrt(
        (sigma[:, None] * beta) ** 2 + stress**2 * (SECTOR_VOLATILITY**2 / YEAR + noise**2)
    )
    return levels - levels[ANCHOR - EPOCH], spread


def _steady_levels(
    seed: int, coins: list[Coin], crashes: Floats, first: int
) -> tuple[Floats, Floats]:
    """Log deviations of stablecoins, which return within days and slip a little on crash days."""
    shocks = _student(_rng(seed, first + 5), (len(crashes), len(coins))) * 1.2e-4
    slips = _rng(seed, first + 6).random((len(crashes), len(coins))) * 0.012
    levels = _reverting(shocks - np.where(crashes[:, None] > 0, slips, 0.0), 0.45)
    return levels, np.full_like(levels, 1.5e-4)


def _fiat_levels(
    seed: int, coins: list[Coin], crashes: Floats, first: int
) -> tuple[Floats, Floats]:
    """Log deviations of currencies (0 on ANCHOR): a dollar factor and shocks of their own."""
    days = len(crashes)
    dollar = _rng(seed, DOLLAR_STREAM).standard_normal((days, 1)) * 0.055 / YEAR**0.5
    own = _rng(seed, first + 8).standard_normal((days, len(coins)))
    own *= np.array([coin.noise for coin in coins]) / YEAR**0.5
    levels = _reverting(dollar + own, REVERSION)
    return levels - levels[ANCHOR - EPOCH], np.full_like(levels, 0.065 / YEAR**0.5)


def _extremes(
    rng: np.random.Generator, log_open: Floats, log_close: Floats, sigma: Floats
) -> tuple[Floats, Floats]:
    """Log high and low: the law of a Brownian bridge's maximum, drawn apart for either side."""
    draws = rng.random((*log_open.shape, 2))
    move = log_close - log_open
    spread = 2 * np.maximum(sigma * 0.8, np.abs(move) * 0.35) ** 2
    up = (np.abs(move) + np.sqrt(move**2 - spread * np.log(1 - draws[..., 0]))) / 2
    down = (np.abs(move) + np.sqrt(move**2 - spread * np.log(1 - draws[..., 1]))) / 2
    top = np.minimum(log_open, log_close) + np.maximum(up, np.abs(move))
    bottom = np.maximum(log_open, log_close) - np.maximum(down, np.abs(move))
    return top, bottom


def generate(seed: int, last_day: int) -> Days:
    """All daily rows from EPOCH to ``last_day`` (days since 1970, at least ANCHOR), equal for every
    later ``last_day``, and for every later batch of pairs.
    """
    days = max(last_day, ANCHOR) - EPOCH + 1
    crashes = crash_depths(seed, days)
    parts = [_batch(seed, list(COINS[cut]), crashes, at) for at, cut in enumerate(BATCHES)]
    columns = (np.hstack(one) for one in zip(*parts, strict=True))
    opened, high, low, close, volume, buy, activity, sigma = columns
    return Days(EPOCH, opened, high, low, close, volume, buy, activity, sigma, crashes > 0)


def _batch(seed: int, coins: list[Coin], crashes: Floats, at: int) -> tuple[Any, ...]:
    """The columns of ``Days`` from ``open`` to ``sigma`` of one batch; ``at`` is its place."""
    days, first = len(crashes), at * BATCH_STREAMS
    makers = {"coin": _coin_levels, "stable": _steady_levels, "fiat": _fiat_levels}
    levels, sigma = np.empty((days, len(coins))), np.empty((days, len(coins)))
    for kind, maker in makers.items():
        columns = [i for i, coin in enumerate(coins) if coin.kind == kind]
        if columns:
            of_kind = [coins[i] for i in columns]
            levels[:, columns], sigma[:, columns] = maker(seed, of_kind, crashes, first)
    log_close = levels + np.log([coin.level for coin in coins])
    log_open = np.vstack([log_close[:1], log_close[:-1]])
    high, low = _extremes(_rng(seed, first + 9), log_open, log_close, sigma)
    rng = _rng(seed, first + 10)
    return _in_ticks(rng, coins, (log_open, high, low, log_close), sigma)


def _in_ticks(
    rng: np.random.Generator,
    coins: list[Coin],
    logs: tuple[Floats, Floats, Floats, Floats],
    sigma: Floats,
) -> tuple[Any, ...]:
    """Round prices to ticks and draw volumes in lots; a wide day is a busy day."""
    tick = np.array([10.0**coin.price_decimals for coin in coins])
    lot = np.array([10.0**coin.lot_decimals for coin in coins])
    opened, high, low, close = (
        np.maximum(1, np.rint(np.exp(x) * tick)).astype(np.int64) for x in logs
    )
    high, low = (
        np.maximum(high, np.maximum(opened, close)),
        np.minimum(low, np.minimum(opened, close)),
    )
    width = np.clip((logs[1] - logs[2]) / (1.6 * sigma), 0.3, 5.0)
    noise = rng.standard_normal((*sigma.shape, 2))
    activity = np.clip(width**0.7 * np.exp(0.22 * noise[..., 0]), 0.35, 4.0)
    traded = np.array([coin.turnover for coin in coins]) * activity
    volume = np.rint(traded / np.exp(logs[3]) * lot).astype(np.int64)
    lean = np.clip(0.5 + 0.6 * (logs[3] - logs[0]) + 0.015 * noise[..., 1], 0.3, 0.7)
    buy = np.floor(volume * lean).astype(np.int64)
    return opened, high, low, close, volume, buy, activity, sigma
