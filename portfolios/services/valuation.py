"""Daily values: one for every UTC day since a portfolio's first event, redone from the first wrong.

A day's value is units times close; a price that is missing makes it null, never smaller.
The running day is marked with the newest prices.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

import structlog
from django.core.cache import cache
from django.db import transaction
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone

from markets.models import Venue
from portfolios import broadcast
from portfolios.copying import copy_rows
from portfolios.entries import NoMarkError
from portfolios.ledger import LIMIT, OverdrawnError, TooLargeError, rebuild_all
from portfolios.lots import PRECISE, UNIT, ZERO
from portfolios.marks import Marks, price_venue, price_venues, today
from portfolios.models import DailyValue, Portfolio
from portfolios.selectors.book import Book
from portfolios.selectors.flows import Flows
from portfolios.selectors.positions import Daily, first_day_of
from portfolios.services.marking import locked

log = structlog.get_logger(__name__)

#: How long a portfolio with days whose price is missing waits before it looks for them again.
RETRY_SECONDS = 300
CHUNK = 200
_DAY = timedelta(days=1)
_COLUMNS = ("portfolio_id", "day", "value", "inflow", "outflow", "cost", "missing")


def revalue(portfolio_ids: Iterable[int], *, look_again: bool = False) -> list[int]:
    """Bring daily values up to now and send the new figures; returns the ids that exist.

    Idempotent. When only prices moved this is a fixed number of queries for all portfolios
    together. `look_again` retries days whose price was missing without waiting.
    """
    ids = sorted(set(portfolio_ids))
    for pk, gaps in _behind(ids, look_again=look_again).items():
        _redo(pk, gaps=gaps)
    portfolios = list(Portfolio.objects.filter(pk__in=ids).select_related("venue"))
    found = broadcast.present(portfolios)
    _mark_today(portfolios, found)
    broadcast.send(portfolios, found)
    return [portfolio.pk for portfolio in portfolios]


def value_all(*, look_again: bool = True) -> int:
    """Close the last day for every portfolio, in chunks; returns how many there were."""
    ids = list(Portfolio.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        revalue(ids[start : start + CHUNK], look_again=look_again)
    return len(ids)


def _behind(ids: list[int], *, look_again: bool) -> dict[int, bool]:
    """Portfolios of which more than today's price has changed, and whether days whose price was
    missing are to be looked at again: not for each edit, which would so replay all of the past.
    """
    now = today()
    rows = Portfolio.objects.filter(pk__in=ids).annotate(
        last_day=Max("daily_values__day"),
        gap=Min("daily_values__day", filter=Q(daily_values__value=None, daily_values__day__lt=now)),
    )
    seen = {pk: (last, gap) for pk, last, gap in rows.values_list("pk", "last_day", "gap")}
    portfolios = list(Portfolio.objects.filter(pk__in=ids).select_related("venue"))
    venues = price_venues(portfolios)
    behind: dict[int, bool] = {}
    for portfolio in portfolios:
        last, gap = seen.get(portfolio.pk, (None, None))
        incomplete = _moved(portfolio, venues[portfolio.pk]) or gap is not None
        over = _is_stale(portfolio) or (last is not None and last != now)
        retry = incomplete and (look_again or (not over and _may_retry(portfolio.pk)))
        if over or retry:
            behind[portfolio.pk] = retry
    return behind


def _is_stale(portfolio: Portfolio) -> bool:
    return portfolio.computed_at is None or portfolio.stale_since > portfolio.computed_at


def _moved(portfolio: Portfolio, venue: Venue | None) -> bool:
    """Whether the daily values hold another venue's prices than those that count now."""
    return portfolio.valued_at_id != (venue.pk if venue else None)


def _may_retry(portfolio_id: int) -> bool:
    return bool(cache.add(f"portfolios:retry:{portfolio_id}", 1, timeout=RETRY_SECONDS))


def _redo(portfolio_id: int, *, gaps: bool) -> None:
    """Recompute one portfolio's days from the first that is wrong; its ledger stands still.

    `gaps`: days whose price was missing count as wrong.
    """
    with transaction.atomic():
        portfolio = locked_or_none(portfolio_id)
        if portfolio is None:
            return
        venue = price_venue(portfolio)
        moved = _moved(portfolio, venue)
        replayed = _replay_at_new_venue(portfolio) if moved else True
        rows = DailyValue.objects.filter(portfolio=portfolio)
        first = first_day_of(portfolio)
        if moved or first is None:
            rows.delete()
        if first is not None:
            _store(portfolio, rows, first, _first_wrong_day(portfolio, rows, first, gaps=gaps))
        portfolio.touched_from = None
        portfolio.computed_at = timezone.now()
        if replayed:
            portfolio.valued_at = venue
        portfolio.save(update_fields=["touched_from", "computed_at", "valued_at"])


def locked_or_none(portfolio_id: int) -> Portfolio | None:
    try:
        return locked(Portfolio(pk=portfolio_id))
    except Portfolio.DoesNotExist:
        return None


def _replay_at_new_venue(portfolio: Portfolio) -> bool:
    """Assumed bases come from the venue's prices too. Kept as they are until it knows them all."""
    try:
        rebuild_all(portfolio)
    except (NoMarkError, OverdrawnError, TooLargeError) as error:
        log.warning("ledger_not_replayed", portfolio=portfolio.pk, reason=str(error))
        return False
    return True


def _first_wrong_day(
    portfolio: Portfolio, rows: QuerySet[DailyValue], first: date, *, gaps: bool
) -> date:
    """The earliest of: touched by an edit, provisional when it was stored, without a price."""
    gap = Min("day", filter=Q(value=None, day__lt=today()))
    seen: dict[str, date | None] = rows.aggregate(first=Min("day"), last=Max("day"), gap=gap)
    if seen["first"] is None or seen["first"] > first:
        return first
    days = [seen["last"], portfolio.touched_from, seen["gap"] if gaps else None]
    return max(first, min(day for day in days if day is not None))


def _store(portfolio: Portfolio, rows: QuerySet[DailyValue], first: date, start: date) -> None:
    """Replace the days from `start` on. One statement deletes and one COPY writes: readers see
    the old days until the transaction ends.
    """
    end = today()
    daily = Daily(portfolio, start)
    rows.filter(Q(day__lt=first) | Q(day__gte=start)).delete()
    marks = Marks.load(daily.symbols, start, end, portfolio.base_currency, price_venue(portfolio))
    flows = Flows(portfolio, start, marks)
    lines = (_line(portfolio, at, marks, flows) for at in _walk(daily, start, end))
    copy_rows(DailyValue, _COLUMNS, lines)


@dataclass(slots=True)
class _Held:
    """What is held at the end of a day; a walk hands out the same one for every day."""

    day: date
    cost: Decimal
    units: dict[str, Decimal] = field(default_factory=dict)


def _walk(daily: Daily, start: date, end: date) -> Iterator[_Held]:
    """The state at the end of each day from `start` to `end`; what is not held is not in it."""
    held = _Held(start, ZERO)
    day = min(daily.first_day or start, start)
    while day <= end:
        for symbol, change in daily.units.get(day, {}).items():
            units = held.units.pop(symbol, ZERO) + change
            if units:
                held.units[symbol] = units
        held.cost += daily.cost.get(day, ZERO)
        held.day = day
        if day >= start:
            yield held
        day += _DAY


def _line(portfolio: Portfolio, held: _Held, marks: Marks, flows: Flows) -> tuple[Any, ...]:
    value, missing = _value(held, marks)
    return (
        portfolio.pk,
        held.day,
        value,
        flows.inflow.get(held.day, ZERO),
        flows.outflow.get(held.day, ZERO),
        held.cost,
        json.dumps(missing),
    )


def _value(held: _Held, marks: Marks) -> tuple[Decimal | None, list[str]]:
    """Units times marks, and what has no mark; a sum too large to store counts as not priced."""
    total = ZERO
    missing: list[str] = []
    with localcontext(PRECISE):
        for symbol, mark in marks.of_day(held.units, held.day):
            if mark is None:
                missing.append(symbol)
            else:
                total += held.units[symbol] * mark
        total = total.quantize(UNIT)
    if total >= LIMIT:
        missing = list(held.units)
    return (None if missing else total), sorted(missing)


def _mark_today(portfolios: list[Portfolio], found: dict[int, Book]) -> None:
    """Today's row of every portfolio that has one, in one statement; flows and cost stay."""
    rows = DailyValue.objects.filter(portfolio__in=portfolios, day=today())
    have = dict(rows.values_list("portfolio_id", "pk"))
    DailyValue.objects.bulk_update(
        [_today(pk, found[portfolio_id]) for portfolio_id, pk in have.items()],
        ["value", "missing"],
    )


def _today(pk: int, book: Book) -> DailyValue:
    value = book.value
    whole = value is not None and not book.missing and value < LIMIT
    missing = book.missing or ([] if whole else [p.symbol for p in book.positions])
    return DailyValue(pk=pk, value=value if whole else None, missing=missing)
