"""Every night: what each method says of the coming day is stored with the frozen positions, and
what was said of the day that closed is graded against what these positions did.

A book and its forecasts are one transaction, made once: a second run, or one after a kill, finds
what is there and makes the rest.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from markets.models import Venue
from markets.selectors import daily_closes_exact
from portfolios.models import Portfolio
from risk.backtests import days_needed, forecasts
from risk.crossing import change_of, plain
from risk.measures import Array, Method, tail_is_shown
from risk.models import FrozenBook
from risk.selectors.frozen import Frozen, freeze

#: What is stored each night; a walk-forward may ask for any confidence.
CONFIDENCES: Final = (0.95, 0.99)
#: The risk window of the page; the tail at 99 % takes more.
WINDOW: Final = 365
#: Portfolios of one transaction.
CHUNK: Final = 500
#: A day whose closes come later than this stays without a grade.
LATE: Final = timedelta(days=7)
_COLUMNS: Final = (
    *("portfolio_id", "day", "base_currency", "venue", "value", "positions", "missing"),
    *("observations", "losses", "made_at"),
)

#: Forecast losses by confidence and method, one of each book.
_Said = dict[float, dict[Method, list[float]]]


def run(portfolio_ids: Iterable[int], day: date) -> None:
    """The night after `day` closed: grade what was said of it, and forecast the day after."""
    ids = list(portfolio_ids)
    grade_forecasts(day, ids)
    store_forecasts(ids, day + timedelta(days=1))


def store_forecasts(portfolio_ids: Iterable[int], day: date) -> int:
    """Forecast `day` from the closes before it, for those that have none yet; how many books.

    Positions are those held when the day before ended. Where its closes are not stored yet, or
    nothing with a price was held, there is no forecast.
    """
    ids = sorted(set(portfolio_ids))
    return sum(_store(ids[at : at + CHUNK], day) for at in range(0, len(ids), CHUNK))


def grade_forecasts(day: date, portfolio_ids: Iterable[int] | None = None) -> int:
    """Compare books of `day`, and late ones of the week before, with the closes; how many.

    A book of which a close is missing waits for it.
    """
    waiting = FrozenBook.objects.filter(graded_at=None, day__range=(day - LATE, day))
    if portfolio_ids is not None:
        waiting = waiting.filter(portfolio__in=list(portfolio_ids))
    groups: dict[tuple[str, str, date], list[FrozenBook]] = defaultdict(list)
    for book in waiting.defer("losses", "observations").order_by("pk"):
        groups[book.venue, book.base_currency, book.day].append(book)
    return sum(_grade(*key, books) for key, books in groups.items())


def backfill_forecasts(portfolio_ids: Iterable[int], days: int) -> int:
    """Forecasts of the last `days` closed days and of today, as they would have been made, from
    the positions and closes of their time; how many books. `made_at` tells them from the others.
    """
    ids, today = list(portfolio_ids), datetime.now(UTC).date()
    made = 0
    for back in range(days, -1, -1):
        made += store_forecasts(ids, today - timedelta(days=back))
    for back in range(days, 0, -LATE.days):
        grade_forecasts(today - timedelta(days=back), ids)
    grade_forecasts(today - timedelta(days=1), ids)
    return made


def _store(ids: Sequence[int], day: date) -> int:
    windows = {confidence: days_needed(confidence, WINDOW) for confidence in CONFIDENCES}
    have = FrozenBook.objects.filter(portfolio__in=ids, day=day)
    rest = set(ids) - set(have.values_list("portfolio_id", flat=True))
    portfolios = list(Portfolio.objects.filter(pk__in=rest).select_related("venue").order_by("pk"))
    frozen = freeze(portfolios, day - timedelta(days=1), sorted(set(windows.values())))
    if not frozen:
        return 0
    said = {at: _forecast(frozen, at, window) for at, window in windows.items()}
    with transaction.atomic():
        # Another worker with the same portfolios waits here, and then finds the books.
        alive = set(
            Portfolio.objects.select_for_update(no_key=True)
            .filter(pk__in=[one.portfolio.pk for one in frozen])
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        alive -= set(have.values_list("portfolio_id", flat=True))
        mine = [at for at, one in enumerate(frozen) if one.portfolio.pk in alive]
        _copy(_row(frozen[at], day, _sizes(frozen[at], windows), _losses(said, at)) for at in mine)
    return len(mine)


def _forecast(
    frozen: Sequence[Frozen], confidence: float, window: int
) -> dict[Method, list[float]]:
    """Of every book by every method; those with as many days of returns are done together."""
    said = {method: [math.nan] * len(frozen) for method in Method}
    by_length: dict[int, list[int]] = defaultdict(list)
    for at, one in enumerate(frozen):
        by_length[one.returns[window].size].append(at)
    for length, places in by_length.items():
        if not tail_is_shown(length, confidence):
            continue
        rows: Array = np.stack([frozen[at].returns[window] for at in places])
        for method, losses in forecasts(rows, confidence).items():
            for at, loss in zip(places, losses.tolist(), strict=True):
                said[method][at] = loss
    return said


def _sizes(one: Frozen, windows: dict[float, int]) -> dict[str, int]:
    return {str(at): one.returns[window].size for at, window in windows.items()}


def _losses(said: _Said, at: int) -> dict[str, dict[str, float | None]]:
    """What was said of one book; undefined is null."""
    return {
        str(confidence): {
            method.value: losses[at] if math.isfinite(losses[at]) else None
            for method, losses in methods.items()
        }
        for confidence, methods in said.items()
    }


def _row(
    one: Frozen, day: date, sizes: dict[str, int], losses: dict[str, dict[str, float | None]]
) -> tuple[object, ...]:
    return (
        *(one.portfolio.pk, day, one.portfolio.base_currency, one.venue.slug, one.value),
        json.dumps({symbol: plain(units) for symbol, units in one.positions.items()}),
        *(json.dumps(one.missing), json.dumps(sizes), json.dumps(losses), timezone.now()),
    )


def _copy(rows: Iterable[tuple[object, ...]]) -> None:
    target = f"COPY risk_frozenbook ({', '.join(_COLUMNS)}) FROM STDIN"
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(target) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _grade(slug: str, base: str, day: date, books: Sequence[FrozenBook]) -> int:
    """Books of one venue, base and day, against its closes."""
    venue = Venue.objects.filter(slug=slug).first()
    symbols = sorted({symbol for book in books for symbol in book.positions})
    closes = daily_closes_exact(symbols, day, day, base, venue).get(day) if venue else None
    if closes is None:
        return 0
    prices = {**closes, base: Decimal(1)}
    graded = [
        (book, sum((Decimal(n) * prices[s] for s, n in book.positions.items()), Decimal(0)))
        for book in books
        if book.positions.keys() <= prices.keys()
    ]
    for at in range(0, len(graded), CHUNK):
        _write_grades(graded[at : at + CHUNK])
    return len(graded)


_REALISED = """
UPDATE risk_frozenbook AS book
SET value_after = said.value, realised = said.realised, graded_at = now()
FROM unnest(%s::bigint[], %s::numeric[], %s::float8[]) AS said(id, value, realised)
WHERE book.id = said.id AND book.graded_at IS NULL
"""


def _write_grades(graded: Sequence[tuple[FrozenBook, Decimal]]) -> None:
    ids = [book.pk for book, _ in graded]
    after = [value for _, value in graded]
    realised = [change_of(book.value, value) for book, value in graded]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_REALISED, [ids, after, realised])


def thin_forecasts(today: date | None = None) -> int:
    """Delete books of days older than `settings.FORECASTS_KEPT_DAYS`; how many went."""
    oldest = (today or datetime.now(UTC).date()) - timedelta(days=settings.FORECASTS_KEPT_DAYS)
    return FrozenBook.objects.filter(day__lt=oldest).delete()[0]
