"""Portfolios frozen at the end of a UTC day, many at once: what forecasts are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from django.conf import settings

from markets.models import Asset, Venue
from markets.selectors import daily_closes, daily_closes_exact, usd_markets
from portfolios.marks import price_venues
from portfolios.models import Portfolio
from portfolios.selectors import quantities_of
from risk.crossing import weights_of
from risk.measures import Array
from risk.proxies import Source
from risk.selectors.looks import LEADERS
from risk.series import build

#: Twenty years: all there is.
MOST_DAYS = 7300


@dataclass(frozen=True)
class Frozen:
    """What a portfolio held as a day closed, at that day's closes, in its own base.

    `returns` by window asked for: the risk series at these weights, ascending, at most so long.
    `missing` was held without a close and is in nothing.
    """

    portfolio: Portfolio
    venue: Venue
    value: Decimal
    positions: dict[str, Decimal]
    missing: list[str]
    returns: dict[int, Array]


@dataclass(frozen=True, eq=False)
class _History:
    """Closes of a venue up to a day, in one base; `returns` (days, assets), NaN where none."""

    venue: Venue
    days: list[date]
    column: dict[str, int]
    kinds: dict[str, str]
    prices: dict[str, Decimal]
    closes: Array
    returns: Array

    def source(self, window: int) -> Source:
        """Stand-ins over the last `window` days."""
        returns = self.returns[-window:]

        def peers(symbol: str) -> tuple[list[str], Array]:
            kind = self.kinds[symbol]
            names = [one for one in self.column if self.kinds[one] == kind and one != symbol]
            return names, returns[:, [self.column[name] for name in names]]

        leaders = {s: returns[:, self.column[s]] for s in LEADERS if s in self.column}
        return Source(leaders, peers)


#: Book of one portfolio: units and values of what has a close, and what has none.
_Book = tuple[Portfolio, dict[str, Decimal], list[Decimal], list[str]]


def freeze(portfolios: Sequence[Portfolio], day: date, windows: Sequence[int]) -> list[Frozen]:
    """Each as it stood when `day` ended; those that held nothing priced are absent.

    Nothing is frozen at a venue that has no close of that day: it would be an older book.
    """
    moment = datetime.combine(day, time.max, tzinfo=UTC)
    held = quantities_of([portfolio.pk for portfolio in portfolios], moment)
    venues = price_venues(portfolios)
    groups: dict[tuple[int, str], list[Portfolio]] = defaultdict(list)
    by_id: dict[int, Venue] = {}
    for portfolio in portfolios:
        venue = venues[portfolio.pk]
        if venue is not None and portfolio.pk in held:
            by_id[venue.pk] = venue
            groups[venue.pk, portfolio.base_currency].append(portfolio)
    found: list[Frozen] = []
    for (venue_id, base), members in groups.items():
        history = _history_at(by_id[venue_id], base, day, max(windows))
        if history is not None:
            books = [_book(portfolio, held[portfolio.pk], history) for portfolio in members]
            found += _frozen(history, [book for book in books if sum(book[2])], windows)
    return found


def _book(portfolio: Portfolio, units: Mapping[str, Decimal], history: _History) -> _Book:
    priced = {s: n for s, n in units.items() if n > 0 and s in history.prices}
    values = [quantity * history.prices[symbol] for symbol, quantity in priced.items()]
    return portfolio, priced, values, sorted(set(units) - set(priced))


def _frozen(history: _History, books: list[_Book], windows: Sequence[int]) -> Iterator[Frozen]:
    weights = [weights_of(values) for _, _, values, _ in books]
    series = {window: _series(history, books, weights, window) for window in windows}
    for at, (portfolio, units, values, missing) in enumerate(books):
        yield Frozen(
            portfolio=portfolio,
            venue=history.venue,
            value=sum(values, Decimal(0)),
            positions=units,
            missing=missing,
            returns={window: series[window][at] for window in windows},
        )


def _series(
    history: _History, books: list[_Book], weights: list[Array], window: int
) -> list[Array]:
    """The risk series of each; of those without gaps all at once, by one product."""
    returns = history.returns[-window:]
    whole: npt.NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(returns), axis=0)
    spread = np.zeros((len(books), len(whole)))
    columns = [[history.column[symbol] for symbol in units] for _, units, _, _ in books]
    for at, mine in enumerate(columns):
        spread[at, mine] = weights[at]
    together = spread @ np.where(whole, returns, 0.0).T
    return [
        together[at] if whole[mine].all() else _with_gaps(history, books[at], weights[at], window)
        for at, mine in enumerate(columns)
    ]


def _with_gaps(history: _History, book: _Book, weights: Array, window: int) -> Array:
    symbols = list(book[1])
    rows = slice(-window - 1, None)
    closes = history.closes[rows][:, [history.column[symbol] for symbol in symbols]]
    source = history.source(window)
    return build(symbols, weights, history.days[rows], closes, window, source=source).returns


def _history_at(venue: Venue, base: str, day: date, window: int) -> _History | None:
    """Of the days up to `day`; None where nothing has a close of that day."""
    version = Venue.objects.values_list("history_version", flat=True).get(pk=venue.pk)
    past = _past(venue.pk, version, base)
    at = (day - past.days[0]).days if past.days else -1
    if not 2 <= at < len(past.days) or not np.isfinite(past.values[at, past.is_priced]).any():
        return None
    closes = past.values[max(0, at - window) : at + 1]
    prices = daily_closes_exact(past.column, day, day, base, venue).get(day, {})
    return _History(
        venue=venue,
        days=past.days[max(0, at - window) : at + 1],
        column=past.column,
        kinds=past.kinds,
        prices={**prices, base: Decimal(1)},
        closes=closes,
        returns=closes[1:] / closes[:-1] - 1.0,
    )


@dataclass(frozen=True, eq=False)
class _Past:
    """All closes of a venue in one base, rows on consecutive days."""

    days: list[date]
    column: dict[str, int]
    kinds: dict[str, str]
    values: Array
    is_priced: npt.NDArray[np.bool_]


@lru_cache(maxsize=4)
def _past(
    venue_id: int,
    version: int,  # noqa: ARG001 - a key only: the venue's bars have changed
    base: str,
) -> _Past:
    venue = Venue.objects.get(pk=venue_id)
    traded = usd_markets(venue)
    names = sorted({*traded, *settings.USD_EQUIVALENTS, base})
    today = datetime.now(UTC).date()
    closes = daily_closes(names, end=today, days=MOST_DAYS, base=base, venue=venue)
    values = closes.values.copy()
    values[:, names.index(base)] = 1.0  # money of the base currency is worth 1 of itself
    kinds = dict(Asset.objects.filter(symbol__in=names).values_list("symbol", "kind"))
    return _Past(
        days=closes.days,
        column={name: at for at, name in enumerate(names)},
        kinds={name: kinds.get(name, "") for name in names},
        values=values,
        is_priced=np.array([name in traded and name != base for name in names], dtype=bool),
    )
