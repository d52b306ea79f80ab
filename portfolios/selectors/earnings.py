"""What portfolios earned over a range, reckoned in every way there is, and by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from portfolios import ratios
from portfolios.currency import CurrencyEffect, RatedDay, effect
from portfolios.lots import ZERO
from portfolios.marks import Marks, is_dollar, today
from portfolios.money_weighted import (
    Payment,
    annualised,
    modified_dietz,
    of_period,
    simple,
    xirr,
)
from portfolios.periods import By, grouped, label, last_day
from portfolios.ratios import Ratio
from portfolios.returns import Earned, earned, linked
from portfolios.selectors.book import combined_book
from portfolios.selectors.history import (
    HistoryPoint,
    Performance,
    days_of,
    history,
    performance_of,
)
from portfolios.selectors.takings import Takings, takings
from portfolios.selectors.wholes import Whole

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Timeline:
    """The days of a range in the whole's base, each with what it brought.

    `start` is the first day of the range, or of the history where that begins later. `opening` is
    the value on the evening before it: 0 where there was nothing, None where a price was missing.
    """

    whole: Whole
    start: date
    end: date
    opening: Decimal | None
    points: list[HistoryPoint]
    earned: list[Earned | None]
    #: What today's value was marked with; None where the range ended before today.
    newest: Mapping[str, Decimal] | None = None

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def closing(self) -> Decimal | None:
        return self.points[-1].value if self.points else self.opening

    def payments(self, closing: Decimal | float | None = None) -> list[Payment]:
        """As the person saw them: paid in negative, taken out and what is left positive."""
        left = self.closing if closing is None else closing
        flows = [(p.day, float(p.outflow - p.inflow)) for p in self.points]
        ends = [(self.start - DAY, -float(self.opening or 0)), (self.end, float(left or 0))]
        return [*flows, *ends]


def timeline(whole: Whole, start: date | None, end: date) -> Timeline | None:
    """From the end of the day before `start` (None: the beginning) to the end of `end`; None where
    there is no day in the range.
    """
    before = None if start in {None, date.min} else start - DAY
    points = history(whole.portfolios, whole.base, before, min(end, today()))
    newest = None
    if points and points[-1].day == today():
        points[-1], newest = _now(whole, points[-1])
    return _timeline(whole, points, start, newest)


def _now(whole: Whole, stored: HistoryPoint) -> tuple[HistoryPoint, Mapping[str, Decimal] | None]:
    """Today as of this moment, which the stored value trails, and the prices it is marked with."""
    found = combined_book(whole.portfolios, whole.base, whole.venues)
    if found.missing or found.value is None:
        return stored, None
    prices = {p.symbol: p.price for p in found.positions if p.price is not None}
    return replace(stored, value=found.value), prices if whole.is_at_one_venue else None


def _timeline(
    whole: Whole,
    points: list[HistoryPoint],
    start: date | None,
    newest: Mapping[str, Decimal] | None,
) -> Timeline | None:
    within = [p for p in points if start is None or p.day >= start]
    if not within:
        return None
    opening = next((p.value for p in reversed(points) if p.day < within[0].day), ZERO)
    return Timeline(
        whole=whole,
        start=within[0].day,
        end=within[-1].day,
        opening=opening,
        points=within,
        earned=earned(opening, days_of(within)),
        newest=newest,
    )


@dataclass(frozen=True)
class Returns:
    """One range in the whole's base. `profit` = `takings.realised` + `takings.rewards` +
    `unrealised`: fees are inside these.

    `money_weighted` is a yearly rate (XIRR), `money_weighted_total` what it came to over the range.
    """

    performance: Performance
    time_weighted: Ratio
    annualised: Ratio
    money_weighted: Ratio
    money_weighted_total: Ratio
    modified_dietz: Ratio
    simple: Ratio
    takings: Takings
    unrealised: Decimal | None
    effect: CurrencyEffect


def returns(whole: Whole, start: date | None, end: date) -> Returns:
    """Everything about one range. Ratios that do not exist say why."""
    line = timeline(whole, start, end)
    if line is None:
        return _nothing(whole, start, end)
    return returns_on(line, start)


def returns_on(line: Timeline, start: date | None) -> Returns:
    """The same from days that are read already; `start` is what was asked for."""
    opening = HistoryPoint(line.start - DAY, line.opening, ZERO, ZERO, ZERO)
    done = performance_of([opening, *line.points], line.whole.base, start or line.start, line.end)
    booked = takings(line.whole, line.start, line.end)
    money_weighted = _money_weighted(line)
    total = _total(line)
    unrealised = None if done.profit is None else done.profit - booked.realised - booked.rewards
    return Returns(
        performance=done,
        time_weighted=total,
        annualised=annualised(total, line.days),
        money_weighted=money_weighted,
        money_weighted_total=of_period(money_weighted, line.days),
        modified_dietz=_modified_dietz(line),
        simple=_simple(done),
        takings=booked,
        unrealised=unrealised,
        effect=_currency(line),
    )


def _nothing(whole: Whole, start: date | None, end: date) -> Returns:
    none = ratios.NOTHING
    return Returns(
        performance=performance_of([], whole.base, start, end),
        time_weighted=none,
        annualised=none,
        money_weighted=none,
        money_weighted_total=none,
        modified_dietz=none,
        simple=none,
        takings=Takings(),
        unrealised=ZERO,
        effect=CurrencyEffect(ZERO, ZERO, None, None, none.reason),
    )


def _is_known(line: Timeline) -> bool:
    return line.opening is not None and line.closing is not None


def _money_weighted(line: Timeline) -> Ratio:
    if not _is_known(line):
        return ratios.NO_VALUE
    if line.days == 1:
        return ratios.ONE_DAY
    return xirr(line.payments())


def _total(line: Timeline) -> Ratio:
    if line.opening is None:
        return ratios.NO_VALUE
    found = linked(None if day is None else day.fraction for day in line.earned)
    return ratios.NO_VALUE if found is None else Ratio.known(found)


def _modified_dietz(line: Timeline) -> Ratio:
    if line.opening is None or line.closing is None:
        return ratios.NO_VALUE
    flows = [(p.day, float(p.inflow - p.outflow)) for p in line.points]
    return modified_dietz(float(line.opening), float(line.closing), flows, line.start, line.end)


def _simple(done: Performance) -> Ratio:
    if done.profit is None or done.start_value is None:
        return ratios.NO_VALUE
    return simple(float(done.profit), float(done.start_value + done.inflow))


def _currency(line: Timeline) -> CurrencyEffect:
    """Against the dollar, in which everything is priced; a base that is one has no effect."""
    base, evening = line.whole.base, line.start - DAY
    marks = None
    if not is_dollar(base):
        if not line.whole.is_at_one_venue:
            return CurrencyEffect(None, None, None, None, ratios.VENUES.reason)
        marks = Marks.load({"USD"}, evening, line.end, base, line.whole.venue)

    def rate(day: date) -> Decimal | None:
        return Decimal(1) if marks is None else marks.near("USD", day)

    opened = rate(evening)
    if line.opening == 0:
        opened = opened or rate(line.start)
    days = [RatedDay(p.value, p.inflow, p.outflow, rate(p.day)) for p in line.points]
    return effect(RatedDay(line.opening, ZERO, ZERO, opened), days)


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week, month or year cut to the range. `twr` is a fraction; None: no day of it is
    priced. `missing_days` lend what they brought to the next day that is priced.
    """

    label: str
    start: date
    end: date
    start_value: Decimal | None
    end_value: Decimal | None
    inflow: Decimal
    outflow: Decimal
    profit: Decimal | None
    twr: float | None
    days: int
    missing_days: int


def periods(line: Timeline, by: By) -> list[Period]:
    """Oldest first. Their returns compound to the range's, their profits sum to it."""
    found: list[Period] = []
    before = line.opening
    days = ((p.day, (p, e)) for p, e in zip(line.points, line.earned, strict=True))
    for first, group in grouped(days, by):
        one = _period(first, by, group, before)
        found.append(one)
        before = one.end_value
    return found


def _period(
    first: date,
    by: By,
    group: list[tuple[HistoryPoint, Earned | None]],
    before: Decimal | None,
) -> Period:
    points = [point for point, _ in group]
    brought = [day for _, day in group if day is not None]
    return Period(
        label=label(first, by),
        start=points[0].day,
        end=min(last_day(first, by), points[-1].day),
        start_value=before,
        end_value=points[-1].value,
        inflow=sum((p.inflow for p in points), ZERO),
        outflow=sum((p.outflow for p in points), ZERO),
        profit=sum((day.profit for day in brought), ZERO) if brought else None,
        twr=linked(day.fraction for day in brought),
        days=len(points),
        missing_days=sum(p.value is None for p in points),
    )
