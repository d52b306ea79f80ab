"""What returns are told of: one portfolio in its own base, or several together in one currency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from markets.models import Venue
from portfolios.marks import Marks, price_venues, same_money
from portfolios.models import Portfolio

ONE = Decimal(1)
#: What "all portfolios" is compared with where they do not agree on a benchmark.
BENCHMARK = "BTC"


@dataclass(frozen=True)
class Whole:
    """Portfolios of one owner, told in `base`. Each keeps the prices of its own venue."""

    portfolios: tuple[Portfolio, ...]
    base: str
    name: str

    @classmethod
    def of(cls, portfolio: Portfolio) -> Whole:
        """One portfolio in its own base."""
        return cls((portfolio,), portfolio.base_currency, portfolio.name)

    @classmethod
    def together(cls, portfolios: Iterable[Portfolio], base: str) -> Whole:
        """All that are given, as one."""
        return cls(tuple(portfolios), base, "All portfolios")

    @cached_property
    def venues(self) -> dict[int, Venue | None]:
        return price_venues(self.portfolios)

    @property
    def is_at_one_venue(self) -> bool:
        """Prices of two venues never mix in one figure: what needs one price asks this first."""
        return len(set(self.venues.values())) == 1

    @property
    def venue(self) -> Venue | None:
        """Where all of it is priced; None: at several, or nowhere."""
        return next(iter(self.venues.values())) if self.is_at_one_venue else None

    @property
    def benchmark(self) -> str:
        """What its portfolios are compared with, if that is one thing."""
        wanted = {portfolio.benchmark for portfolio in self.portfolios}
        return wanted.pop() if len(wanted) == 1 else BENCHMARK

    @property
    def computed_at(self) -> datetime | None:
        """The age of the oldest of its figures; None: one has none yet."""
        times = [portfolio.computed_at for portfolio in self.portfolios]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None

    def rates(self, portfolio: Portfolio, start: date, end: date) -> Rates:
        """From the portfolio's currency into the whole's."""
        return Rates.load(portfolio, self.base, self.venues[portfolio.pk], start, end)


@dataclass(frozen=True)
class Rates:
    """What one unit of `currency` is worth by day; without marks it is the same money."""

    currency: str
    marks: Marks | None = None

    @classmethod
    def load(
        cls, portfolio: Portfolio, base: str, venue: Venue | None, start: date, end: date
    ) -> Rates:
        """Nothing is read where the money is the same."""
        currency = portfolio.base_currency
        if same_money(currency, base):
            return cls(currency)
        return cls(currency, Marks.load({currency}, start, end, base, venue))

    @property
    def is_own(self) -> bool:
        return self.marks is None

    def on(self, day: date | None) -> Decimal | None:
        """Of the day, else of the newest of the seven before it; without a day of no day at all."""
        if self.marks is None:
            return ONE
        return None if day is None else self.marks.near(self.currency, day)
