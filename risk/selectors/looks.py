"""One look at what is held: its weights, its series of returns, its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from django.conf import settings

from markets.models import AssetKind
from markets.selectors import Closes, daily_closes
from portfolios.models import Portfolio
from risk.crossing import weights_of
from risk.figures import Figures, figures
from risk.measures import Array
from risk.parameters import Parameters
from risk.selectors.exposure import Exposure, exposure
from risk.series import Series, build, simple_returns


@dataclass(frozen=True)
class Look:
    """`weights` are shares of the value held; `series` and `figures` are None if nothing is."""

    asked: Parameters
    exposure: Exposure
    weights: dict[str, float]
    series: Series | None
    figures: Figures | None
    warnings: list[str]


def look(portfolios: Sequence[Portfolio], asked: Parameters, base: str) -> Look:
    """Portfolios of one owner, taken together, in `base`."""
    return look_at(exposure(portfolios, base, asked.as_of), asked)


def look_at(held: Exposure, asked: Parameters) -> Look:
    """What `held` risks by the closes of its own venue."""
    warnings = [*held.warnings, *_about_prices(held)]
    if not held.held:
        warnings.append("Nothing with a price is held: there is nothing to measure.")
        return Look(asked, held, {}, None, None, warnings)
    shares = weights_of([position.value for position in held.held])
    closes = _closes(held, asked)
    columns = [_column(closes, symbol, held.base) for symbol in held.symbols]
    series = build(held.symbols, shares, closes.days, np.column_stack(columns), asked.window)
    benchmark = simple_returns(_column(closes, held.benchmark, held.base))
    found = figures(
        series,
        benchmark,
        confidence=asked.confidence,
        horizon=asked.horizon,
        concentration=_concentration(held, shares),
        risk_free=settings.RISK_FREE_RATE,
    )
    warnings += [*_about_history(series, asked.window), *found.warnings]
    weights = dict(zip(held.symbols, shares.tolist(), strict=True))
    return Look(asked, held, weights, series, found, warnings)


def _closes(held: Exposure, asked: Parameters) -> Closes:
    """One more close than there are returns."""
    end = asked.as_of or datetime.now(UTC).date()
    wanted = list(dict.fromkeys([*held.symbols, held.benchmark]))
    return daily_closes(wanted, end=end, days=asked.window + 1, base=held.base, venue=held.venue)


def _column(closes: Closes, symbol: str, base: str) -> Array:
    """The closes of one asset; money of the base currency is always worth 1 of itself."""
    if symbol == base:
        return np.ones(len(closes.days))
    if symbol not in closes.symbols:
        return np.full(len(closes.days), np.nan)
    column: Array = closes.values[:, closes.symbols.index(symbol)]
    return column


def _concentration(held: Exposure, shares: Array) -> float:
    """Sum of squared shares of the coins: money and stablecoins are no concentration of risk."""
    coins = [position.kind == AssetKind.COIN for position in held.held]
    return float(np.sum(shares[np.array(coins)] ** 2))


def _about_prices(held: Exposure) -> list[str]:
    said = []
    if held.missing:
        said.append(f"No price for {', '.join(held.missing)}: not part of any figure.")
    if held.stale:
        said.append(f"Old price for {', '.join(held.stale)}: the weights may be off.")
    return said


def _about_history(series: Series, window: int) -> list[str]:
    said = [
        f"{symbol} has {days} of {window} days of returns: left out of the series, "
        "the rest of the portfolio stands for it."
        for symbol, days in series.left_out.items()
    ]
    said += [
        f"{symbol} has {days} of {window} days of returns." for symbol, days in series.short.items()
    ]
    if series.returns.size < window:
        said.append(
            f"The series has {series.returns.size} of {window} days: those on which everything "
            "in it has a return."
        )
    return said
