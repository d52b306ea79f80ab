"""A venue at the end of a day: what all portfolios priced there share, kept per process.

Only nightly workers import this: it loads Numba (risk/kernel).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from django.conf import settings

from markets.models import Asset, AssetKind, Venue
from markets.selectors import Closes, daily_closes, daily_closes_exact, usd_markets
from risk.kernel import Universe
from risk.series import simple_returns


@dataclass(frozen=True, eq=False)
class Market:
    """Assets of a venue whose every close of the window is known, in `base`.

    `prices` are the closes of `last`, the last day up to the one asked for that has any; `is_coin`
    (assets,) tells coins from money and stablecoins.
    """

    venue: Venue
    base: str
    last: date
    universe: Universe
    prices: Mapping[str, Decimal]
    is_coin: npt.NDArray[np.bool_]
    _against: dict[str, Universe] = field(default_factory=dict)

    def has(self, symbols: Mapping[str, object], benchmark: str) -> bool:
        """Whether a portfolio of these can be measured with all the others."""
        known = self.universe.column
        return benchmark in known and all(symbol in known for symbol in symbols)

    def against(self, benchmark: str) -> Universe:
        """The universe beside one of its own assets."""
        if benchmark not in self._against:
            returns = self.universe.by_asset[self.universe.column[benchmark]]
            self._against[benchmark] = self.universe.against(returns)
        return self._against[benchmark]


def market_at(venue: Venue, base: str, day: date, window: int) -> Market | None:
    """At the end of a UTC day, over `window` returns; None where nothing has a whole history."""
    version = Venue.objects.values_list("history_version", flat=True).get(pk=venue.pk)
    return _kept(venue.pk, version, base, day, window)


@lru_cache(maxsize=8)
def _kept(
    venue_id: int,
    version: int,  # noqa: ARG001 - a key only: the venue's bars have changed
    base: str,
    day: date,
    window: int,
) -> Market | None:
    venue = Venue.objects.get(pk=venue_id)
    wanted = sorted({*usd_markets(venue), *settings.USD_EQUIVALENTS, base})
    closes = daily_closes(wanted, end=day, days=window + 1, base=base, venue=venue)
    if len(closes.days) < 3:
        return None
    last = closes.days[-1]
    prices = daily_closes_exact(wanted, last, last, base, venue).get(last, {})
    prices = {**prices, base: Decimal(1)}
    returns = simple_returns(_in_base(closes, base))
    whole = np.isfinite(returns).all(axis=0) & np.array([name in prices for name in wanted])
    symbols = [name for name, is_whole in zip(wanted, whole, strict=True) if is_whole]
    kinds = dict(Asset.objects.filter(symbol__in=symbols).values_list("symbol", "kind"))
    return Market(
        venue=venue,
        base=base,
        last=last,
        universe=Universe.of(symbols, returns[:, whole]),
        prices=prices,
        is_coin=np.array([kinds.get(name) == AssetKind.COIN for name in symbols], dtype=bool),
    )


def _in_base(closes: Closes, base: str) -> npt.NDArray[np.float64]:
    """Money of the base currency is always worth 1 of itself."""
    values = closes.values.copy()
    if base in closes.symbols:
        values[:, closes.symbols.index(base)] = 1.0
    return values
