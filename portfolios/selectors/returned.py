"""Everything that the page Returns is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from portfolios import ratios
from portfolios.compared import Mix
from portfolios.marks import is_dollar, quoted
from portfolios.periods import By
from portfolios.ranges import Range
from portfolios.ratios import Ratio
from portfolios.selectors.benchmarks import Comparison, benchmark_comparison
from portfolios.selectors.contributions import Contributions, asset_contributions
from portfolios.selectors.earnings import Period, Returns, Timeline, periods, returns_on
from portfolios.selectors.wholes import Whole

DAY = timedelta(days=1)
MONTHS = 12
#: Rows of the table of periods; the API has all of them.
MOST_ROWS = 60


@dataclass(frozen=True)
class YearRow:
    """A row of the heat table: a return for each month that has one, and the year's."""

    year: int
    months: list[float | None]
    total: float | None


@dataclass(frozen=True)
class Returned:
    """One portfolio or all of them over one range; each part is worked out when it is looked at."""

    line: Timeline
    range: Range
    mix: Mix | None
    by: By

    @property
    def whole(self) -> Whole:
        return self.line.whole

    @cached_property
    def result(self) -> Returns:
        return returns_on(self.line, self.range.start)

    @cached_property
    def assets(self) -> Contributions:
        return asset_contributions(self.line, self.result.takings)

    @cached_property
    def widest(self) -> float:
        """The largest contribution either way: what the bars are drawn against."""
        return max((abs(row.contribution or 0.0) for row in self.assets.rows), default=0.0)

    @cached_property
    def comparison(self) -> Comparison | None:
        """None where the benchmark cannot be told; `refused` says why."""
        return self._compared[0]

    @cached_property
    def refused(self) -> str:
        return self._compared[1]

    @cached_property
    def _compared(self) -> tuple[Comparison | None, str]:
        if self.mix is None:
            return None, ""
        try:
            return benchmark_comparison(self.line, self.mix), ""
        except ValueError as error:
            return None, str(error)

    @cached_property
    def months(self) -> list[YearRow]:
        """Newest year first."""
        by_month = {(p.start.year, p.start.month): p.twr for p in periods(self.line, "month")}
        totals = {p.start.year: p.twr for p in periods(self.line, "year")}
        return [
            YearRow(year, [by_month.get((year, month + 1)) for month in range(MONTHS)], total)
            for year, total in sorted(totals.items(), reverse=True)
        ]

    @cached_property
    def periods(self) -> list[Period]:
        """Newest first."""
        return periods(self.line, self.by)[::-1]

    @property
    def shown_periods(self) -> list[Period]:
        return self.periods[:MOST_ROWS]

    @property
    def yearly(self) -> Ratio:
        """The money-weighted rate for the sentence; for less than a year it would exaggerate."""
        if self.line.days < ratios.YEAR_DAYS:
            return ratios.UNDER_A_YEAR
        return self.result.money_weighted

    @property
    def loss(self) -> Decimal | None:
        """What was lost, positive; None where nothing was."""
        profit = self.result.performance.profit
        return -profit if profit is not None and profit < 0 else None

    @property
    def ahead(self) -> bool:
        """Whether the benchmark would have left less."""
        difference = self.comparison.difference if self.comparison else None
        return difference is not None and difference >= 0

    @property
    def behind(self) -> Decimal | None:
        """What the benchmark would have left more."""
        difference = self.comparison.difference if self.comparison else None
        return None if difference is None else -difference

    @property
    def is_abroad(self) -> bool:
        """Whether the base is something else than the dollar that everything is priced in."""
        return not is_dollar(self.whole.base)

    @property
    def window(self) -> str:
        return f"{self.line.start:%-d %b %Y} – {self.line.end:%-d %b %Y}"  # noqa: RUF001

    @property
    def observations(self) -> int:
        return sum(day is not None for day in self.line.earned)

    @cached_property
    def source(self) -> str:
        names = sorted({venue.name for venue in self.whole.venues.values() if venue is not None})
        return f"{', '.join(names)}, daily closes" if names else "no prices"

    @cached_property
    def rate_source(self) -> str:
        """Who tells what the base is worth in dollars."""
        base = self.whole.base
        quote = quoted([], base, self.whole.venue).get(base)
        return "European Central Bank" if quote and quote.venue == "ecb" else self.source

    @cached_property
    def curve(self) -> list[list[Any]]:
        """[day, cumulative time-weighted return]; days without a value are left out."""
        growth = 1.0
        points: list[list[Any]] = [[(self.line.start - DAY).isoformat(), 0.0]]
        for point, brought in zip(self.line.points, self.line.earned, strict=True):
            if brought is not None:
                growth *= 1 + brought.fraction
                points.append([point.day.isoformat(), round(growth - 1, 6)])
        return points

    @cached_property
    def benchmark_curve(self) -> list[list[Any]]:
        if self.comparison is None:
            return []
        known = [
            [day.isoformat(), round(value, 6)]
            for day, value in self.comparison.index
            if value is not None
        ]
        return [[(self.line.start - DAY).isoformat(), 0.0], *known]


def chart(seen: Returned, *, hidden: bool) -> dict[str, Any]:
    """Lines of cumulative returns; nothing where all figures are hidden."""
    if hidden:
        return {"unit": "percent", "series": []}
    lines = [{"name": seen.whole.name, "tone": "accent", "points": seen.curve}]
    if seen.comparison is not None:
        mix = seen.comparison.mix
        lines.append({"name": mix.name, "tone": "mark", "points": seen.benchmark_curve})
    return {"unit": "percent", "series": lines}


def summary(seen: Returned, *, hidden: bool) -> str:
    """The chart in words."""
    if hidden:
        return "Cumulative return; figures are hidden"
    words = f"Cumulative time-weighted return from {_told(seen.line.start)}: "
    words += _percent(seen.result.time_weighted.value)
    values = [value for _, value in seen.curve]
    words += f", lowest {_percent(min(values))}, highest {_percent(max(values))}"
    if seen.comparison is not None:
        words += f"; {seen.comparison.mix.name} {_percent(seen.comparison.twr.value)}"
    return words


def _told(day: date) -> str:
    return f"{day:%-d %b %Y}"


def _percent(fraction: float | None) -> str:
    return "not known" if fraction is None else f"{fraction * 100:+.1f} %"
