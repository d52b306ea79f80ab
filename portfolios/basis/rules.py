"""Which method is in force when, and from where a replay can go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from portfolios.basis import METHODS
from portfolios.basis.events import Event

WHOLE, BY_LOCATION = "portfolio", "location"


class Restart(NamedTuple):
    """Replay everything from `at` on, with the state that all earlier events left.

    `pooled`: an average made that state; hand `Replay.resumed` the `pools`, not only the lots.
    """

    at: datetime
    pooled: bool


@dataclass(frozen=True)
class BasisRules:
    """A portfolio's method and scope, and the tax years that have another method.

    `elections` by tax year, named by the calendar year it starts in; `tax_year_start` is MM-DD.
    Methods and scope are values of models.BasisMethod and models.BasisScope.
    """

    method: str = "fifo"
    scope: str = WHOLE
    tax_year_start: str = "01-01"
    elections: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = {self.method, *self.elections.values()} - set(METHODS)
        if unknown:
            raise ValueError(f"unknown basis method: {', '.join(sorted(unknown))}")
        if self.scope not in {WHOLE, BY_LOCATION}:
            raise ValueError(f"unknown basis scope: {self.scope}")
        self.start_of(2000)

    @property
    def by_location(self) -> bool:
        return self.scope == BY_LOCATION

    @cached_property
    def zone(self) -> tzinfo:
        """Whose days these are: one zone for all years, so that none overlaps the next."""
        zones = (METHODS[method].zone for method in {self.method, *self.elections.values()})
        return next((zone for zone in zones if zone is not UTC), UTC)

    def start_of(self, year: int) -> datetime:
        """When the tax year begins, in UTC."""
        month, day = self.tax_year_start.split("-")
        return self._midnight(date(year, int(month), int(day)))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def tax_year(self, at: datetime) -> int:
        year = at.astimezone(self.zone).year
        return year if at >= self.start_of(year) else year - 1

    def method_of(self, year: int) -> str:
        return self.elections.get(year, self.method)

    def method_at(self, at: datetime) -> str:
        """The method in force at that time."""
        return self.method_of(self.tax_year(at))

    def runs(
        self, events: Sequence[Event], since: datetime | None = None
    ) -> Iterator[tuple[str, list[Event]]]:
        """The events (in order) under one method after the other.

        A year without events that averages is a run without events: it changes the lots, too.
        """
        if not self.elections:
            yield self.method, list(events)
            return
        for method, years in groupby(self._years(events, since), key=lambda found: found[0]):
            yield method, [event for _, found in years for event in found]

    def _years(
        self, events: Sequence[Event], since: datetime | None
    ) -> Iterator[tuple[str, list[Event]]]:
        done = None if since is None else self.tax_year(since) - 1
        for year, found in groupby(events, key=lambda event: self.tax_year(event.at)):
            for between in range(year if done is None else done + 1, year):
                if METHODS[self.method_of(between)].averages:
                    yield self.method_of(between), []
            yield self.method_of(year), list(found)
            done = year

    def restart(self, at: datetime, first: datetime) -> Restart:
        """From where to replay after a change at `at`, in a ledger whose first event is `first`.

        That is `at` itself, unless the state before it cannot be had from lots and disposals (own
        bases that an average made at the end of an earlier year: then the year after that one), or
        the change reaches back (uk: 30 days, to the start of that day). See `can_resume`.
        """
        method = METHODS[self.method_at(at)]
        year = self.tax_year(at)
        if method.ahead:
            day = at.astimezone(self.zone).date()
            reached = self._midnight(day - timedelta(days=method.ahead))
            first_year = self.tax_year(min(first, at))
            while year > first_year and self.method_of(year - 1) == method.value:
                year -= 1
            return Restart(max(reached, self.start_of(year)), True)
        if method.averages:
            return Restart(at, True)
        while year >= self.tax_year(first):
            if METHODS[self.method_of(year)].averages:
                return Restart(self.start_of(year + 1), True)
            year -= 1
        return Restart(at, False)

    def can_resume(self, restart: Restart, *, has_events: bool) -> bool:
        """Whether an asset can go on from there, given that it still has events from there on.

        An average takes effect with the events of its years or of later ones. Where methods change,
        an asset whose last such event has gone must be replayed from its beginning.
        """
        return has_events or not (restart.pooled and self.elections)


FIFO_RULES = BasisRules()
