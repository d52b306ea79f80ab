"""A chunk of portfolios, measured as they stood at the end of a UTC day.

Portfolios of one venue, base and benchmark go through the kernel together. One that holds an asset
with a gap in its history goes through `risk_answer` by itself, which knows how to fill, leave out,
shorten and warn. For the others the two agree to 1e-9 (tests/risk/test_nightly.py).

Only nightly workers import this: it loads Numba (risk/kernel).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from portfolios.marks import price_venues
from portfolios.models import Portfolio
from portfolios.selectors import quantities_of
from risk import sentences
from risk.crossing import weights_of
from risk.kernel import measure_many, riskiest
from risk.measures import Array
from risk.parameters import Parameters
from risk.selectors import risk_answer
from risk.selectors.snapshots import scores_before
from risk.selectors.universes import Market, market_at
from risk.services.compact import Seen, compact, compact_of
from risk.services.snapshots import snapshot_fields

ASKED = Parameters()
#: Portfolios measured singly between two signs of life.
BREATH = 25

#: A snapshot's fields.
Row = dict[str, Any]


@dataclass
class Measured:
    """Rows to store, each with the `way` it was measured, and how many portfolios held nothing."""

    rows: list[Row] = field(default_factory=list)
    empty: int = 0


@dataclass(frozen=True)
class _Book:
    portfolio: Portfolio
    columns: list[int]
    values: list[Decimal]


Groups = dict[tuple[Market, str], list[_Book]]


def measure(
    portfolios: Sequence[Portfolio], day: date, breathe: Callable[[], object] = bool
) -> Measured:
    """Each as it stood at the end of `day`; `breathe` is called now and then meanwhile."""
    moment = datetime.combine(day, time.max, tzinfo=UTC)
    ids = [portfolio.pk for portfolio in portfolios]
    groups, alone = _grouped(portfolios, quantities_of(ids, moment), day)
    together = sum(map(len, groups.values()))
    before = scores_before(ids, moment, ASKED.window)
    done = Measured(empty=len(portfolios) - len(alone) - together)
    for (market, benchmark), books in groups.items():
        done.rows += _together(market, benchmark, books, moment, before)
        breathe()
    for at, portfolio in enumerate(alone):
        if at % BREATH == 0:
            breathe()
        answer = risk_answer(portfolio, as_of=day)
        row = snapshot_fields(portfolio, answer) | {"answer": compact_of(answer), "way": "singly"}
        done.rows.append(row)
    return done


def _grouped(
    portfolios: Sequence[Portfolio], held: Mapping[int, Mapping[str, Decimal]], day: date
) -> tuple[Groups, list[Portfolio]]:
    """Books by market and benchmark, and the portfolios that must be measured alone."""
    venues = price_venues(portfolios)
    groups: Groups = defaultdict(list)
    alone: list[Portfolio] = []
    markets: dict[tuple[int, str], Market | None] = {}
    for portfolio in portfolios:
        units, venue, base = held.get(portfolio.pk), venues[portfolio.pk], portfolio.base_currency
        if not units:
            continue
        if venue is not None and (venue.pk, base) not in markets:
            markets[venue.pk, base] = market_at(venue, base, day, ASKED.window)
        market = None if venue is None else markets[venue.pk, base]
        if market is None or not market.has(units, portfolio.benchmark):
            alone.append(portfolio)
        else:
            groups[market, portfolio.benchmark].append(_book(portfolio, units, market))
    return groups, alone


def _book(portfolio: Portfolio, units: Mapping[str, Decimal], market: Market) -> _Book:
    """Assets in one order, whatever order the database gave them in: sums of floats depend on it,
    and a second run must not change the last digit.
    """
    symbols = sorted(units)
    return _Book(
        portfolio,
        [market.universe.column[symbol] for symbol in symbols],
        [units[symbol] * market.prices[symbol] for symbol in symbols],
    )


def _together(
    market: Market,
    benchmark: str,
    books: Sequence[_Book],
    moment: datetime,
    before: Mapping[int, float],
) -> list[Row]:
    """Rows of books with one market and benchmark: one call of the kernel."""
    universe = market.against(benchmark)
    indptr = np.cumsum([0, *(len(book.columns) for book in books)]).astype(np.int64)
    indices = np.array([at for book in books for at in book.columns], dtype=np.int64)
    weights = np.concatenate([weights_of(book.values) for book in books])
    batch = (universe, indptr, indices, weights)
    found = measure_many(*batch, confidence=ASKED.confidence, risk_free=settings.RISK_FREE_RATE)
    leaders = _leaders(universe.symbols, indices, weights, riskiest(*batch))
    coins = np.add.reduceat(np.where(market.is_coin[indices], weights**2, 0.0), indptr[:-1])
    rows = []
    for book, one, leader, coin in zip(books, found, leaders, coins.tolist(), strict=True):
        seen = Seen(
            portfolio=book.portfolio,
            value=sum(book.values, Decimal(0)),
            venue=market.venue,
            moment=moment,
            days=universe.days,
            concentration=coin,
            riskiest=leader,
            score_before=before.get(book.portfolio.pk),
        )
        rows.append({**compact(seen, ASKED, one), "way": "by_kernel"})
    return rows


def _leaders(
    symbols: Sequence[str],
    indices: npt.NDArray[np.int64],
    weights: Array,
    found: tuple[npt.NDArray[np.int64], Array],
) -> Iterator[sentences.Riskiest | None]:
    """The asset that each sentence names."""
    for at, share in zip(*(part.tolist() for part in found), strict=True):
        if at < 0:
            yield None
        else:
            yield sentences.Riskiest(symbols[indices[at]], float(weights[at]), share)
