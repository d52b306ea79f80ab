"""One look at what is held: its weights, its series of returns, its figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from django.conf import settings

from markets.models import Asset, AssetKind
from markets.selectors import Closes, daily_closes
from portfolios.models import Portfolio
from portfolios.selectors import Book
from risk import liquidity, measures
from risk.crossing import weights_of
from risk.figures import Figures, figures
from risk.measures import Array
from risk.parameters import Parameters
from risk.proxies import Proxy, Source
from risk.selectors.exposure import Exposure, exposure
from risk.selectors.volumes import turnovers
from risk.series import Series, build, simple_returns

#: What everything else moves with: the missing days of young coins are read off these.
LEADERS = ("BTC", "ETH")


@dataclass(frozen=True)
class Look:
    """`weights` are shares of the value held; `series` and `figures` are None if nothing is.

    `adjusted_var` is historical, scaled to the horizon by √h; None where a volume is unknown.
    """

    asked: Parameters
    exposure: Exposure
    weights: dict[str, float]
    series: Series | None
    figures: Figures | None
    warnings: list[str]
    sales: list[liquidity.Sale] = field(default_factory=list)
    adjusted_var: float | None = None

    @property
    def benchmark(self) -> str:
        """What was asked for, else the portfolio's own."""
        return self.asked.benchmark or self.exposure.benchmark

    @property
    def proxies(self) -> list[Proxy]:
        """How days without a price were filled."""
        return self.series.proxies if self.series else []


def look(
    portfolios: Sequence[Portfolio], asked: Parameters, base: str, book: Book | None = None
) -> Look:
    """Portfolios of one owner, taken together, in `base`; `book`: as for `exposure`."""
    return look_at(exposure(portfolios, base, asked.as_of, book), asked)


def look_at(held: Exposure, asked: Parameters) -> Look:
    """What `held` risks by the closes of its own venue."""
    warnings = [*held.warnings, *_about_prices(held)]
    if not held.held:
        warnings.append("Nothing with a price is held: there is nothing to measure.")
        return Look(asked, held, {}, None, None, warnings)
    shares = weights_of([position.value for position in held.held])
    closes, series = series_of(held, asked)
    found = figures(
        series,
        simple_returns(_column(closes, asked.benchmark or held.benchmark, held.base)),
        confidence=asked.confidence,
        horizon=asked.horizon,
        concentration=_concentration(held, shares),
        risk_free=settings.RISK_FREE_RATE,
        scaling=asked.scaling,
        correlation=asked.correlation,
        seed=asked.seed,
    )
    sold = _sales(held, closes)
    warnings += [*_about_history(series, asked.window), *found.warnings, *_about_volumes(sold)]
    weights = dict(zip(held.symbols, shares.tolist(), strict=True))
    adjusted = _adjusted(series, sold, asked)
    return Look(asked, held, weights, series, found, warnings, sold, adjusted)


def series_of(held: Exposure, asked: Parameters) -> tuple[Closes, Series]:
    """The closes of the window, and the series of today's weights over them; something is held."""
    shares = weights_of([position.value for position in held.held])
    closes = _closes(held, asked)
    columns = [_column(closes, symbol, held.base) for symbol in held.symbols]
    series = build(
        held.symbols,
        shares,
        closes.days,
        np.column_stack(columns),
        asked.window,
        source=_source(held, closes) if asked.proxy else None,
    )
    return closes, series


def _closes(held: Exposure, asked: Parameters) -> Closes:
    """One more close than there are returns."""
    end = asked.as_of or datetime.now(UTC).date()
    wanted = [*held.symbols, asked.benchmark or held.benchmark, *(LEADERS if asked.proxy else ())]
    names = list(dict.fromkeys(wanted))
    return daily_closes(names, end=end, days=asked.window + 1, base=held.base, venue=held.venue)


def _source(held: Exposure, closes: Closes) -> Source:
    """Stand-ins by the closes of the same venue in the same base."""
    kinds = {position.symbol: position.kind for position in held.held}

    def peers(symbol: str) -> tuple[list[str], Array]:
        alike = Asset.objects.filter(kind=kinds[symbol], markets__venue=held.venue)
        names = sorted(set(alike.values_list("symbol", flat=True)) - {symbol})
        wider = daily_closes(
            [*names, *closes.symbols],  # so that the days are the same
            end=closes.days[-1],
            days=len(closes.days),
            base=held.base,
            venue=held.venue,
        )
        return names, simple_returns(wider.values[:, : len(names)])

    leaders = {
        name: simple_returns(_column(closes, name, held.base))
        for name in LEADERS
        if name != held.base
    }
    return Source(leaders, peers)


def _sales(held: Exposure, closes: Closes) -> list[liquidity.Sale]:
    """Of everything held, at the volume of the 30 days up to the last close."""
    money = [
        position.symbol
        for position in held.held
        if position.kind == AssetKind.FIAT or position.symbol in settings.USD_EQUIVALENTS
    ]
    last = closes.days[-1] if closes.days else held.as_of.date()
    values = {position.symbol: float(position.value) for position in held.held}
    return liquidity.sales(values, turnovers(values, held.venue, held.base, last), money)


def _adjusted(series: Series, sold: list[liquidity.Sale], asked: Parameters) -> float | None:
    if not measures.tail_is_shown(series.returns.size, asked.confidence):
        return None
    days = {sale.symbol: sale.days for sale in sold}
    taken = [days[symbol] for symbol in series.symbols]
    factors = [math.nan if taking is None else liquidity.factor(taking) for taking in taken]
    loss = liquidity.adjusted_var(
        series.asset_returns, series.weights, np.array(factors), asked.confidence
    )
    return None if loss is None else loss * math.sqrt(asked.horizon)


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


def _about_volumes(sold: list[liquidity.Sale]) -> list[str]:
    unknown = [sale.symbol for sale in sold if sale.days is None]
    if not unknown:
        return []
    return [
        f"No volume is stored for {', '.join(unknown)}: how long a sale takes, and what it may "
        "lose until it is done, is not known."
    ]


def _about_history(series: Series, window: int) -> list[str]:
    said = [
        f"{symbol} has {days} of {window} days of returns: left out of the series, "
        "the rest of the portfolio stands for it."
        for symbol, days in series.left_out.items()
    ]
    said += [_about_proxy(proxy, window) for proxy in series.proxies]
    said += [
        f"{symbol} has {days} of {window} days of returns." for symbol, days in series.short.items()
    ]
    if series.returns.size < window:
        said.append(
            f"The series has {series.returns.size} of {window} days: those on which everything "
            "in it has a return."
        )
    return said


def _about_proxy(proxy: Proxy, window: int) -> str:
    stand_in = (
        f"{proxy.beta:.2f} times {proxy.by} and its own residuals"
        if proxy.method == "beta"
        else f"the returns of {proxy.by}, the one of median volatility of its kind"
    )
    return (
        f"{proxy.symbol} has {proxy.own_days} of {window} days of returns: "
        f"{proxy.days} are filled with {stand_in}."
    )
