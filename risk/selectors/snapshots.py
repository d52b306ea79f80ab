"""What the engine said before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db.models import QuerySet

from portfolios.models import Portfolio
from portfolios.selectors import portfolios_for
from risk import score
from risk.models import RiskSnapshot

if TYPE_CHECKING:
    from accounts.models import User

#: The trend compares with the snapshot nearest to a week before, at least 6 and at most 10 days.
WEEK = timedelta(days=7)
NEWEST, OLDEST = timedelta(days=6), timedelta(days=10)


class Point(TypedDict):
    """The last snapshot of one UTC day."""

    day: date
    score: float | None
    level: str
    var: float | None
    cvar: float | None
    volatility: float | None


def snapshots_for(user: User) -> QuerySet[RiskSnapshot]:
    """The snapshots of portfolios that `user` may look at."""
    return RiskSnapshot.objects.filter(portfolio__in=portfolios_for(user).values("pk"))


def latest_snapshot(portfolio: Portfolio) -> RiskSnapshot | None:
    return portfolio.risk_snapshots.first()


def snapshot_history(portfolio: Portfolio) -> QuerySet[RiskSnapshot]:
    """The last snapshot of each UTC day, the newest day first."""
    last = (
        portfolio.risk_snapshots.order_by("as_of__date", "-as_of", "-id")
        .distinct("as_of__date")
        .values("pk")
    )
    return RiskSnapshot.objects.filter(pk__in=last)


def score_history(portfolio: Portfolio, days: int = 365) -> list[Point]:
    """One point a day, the oldest first, for at most so many days."""
    rows = snapshot_history(portfolio).defer("answer")[:days]
    return [
        Point(
            day=row.as_of.date(),
            score=row.score,
            level=row.level,
            var=row.var,
            cvar=row.cvar,
            volatility=row.volatility,
        )
        for row in reversed(rows)
    ]


def trend_of(portfolio: Portfolio | None, now: float, as_of: datetime, window: int) -> str | None:
    """Rising, falling or steady against about a week before; None if nothing was said then."""
    if portfolio is None:
        return None
    rows = portfolio.risk_snapshots.filter(
        as_of__range=(as_of - OLDEST, as_of - NEWEST), window_days=window, score__isnull=False
    ).values_list("as_of", "score")
    nearest = min(rows, key=lambda row: abs(row[0] - (as_of - WEEK)), default=None)
    return None if nearest is None or nearest[1] is None else score.trend(now, nearest[1])


def scores_before(portfolio_ids: Iterable[int], as_of: datetime, window: int) -> dict[int, float]:
    """By portfolio: the score that `trend_of` compares with, where there is one."""
    rows = RiskSnapshot.objects.filter(
        portfolio_id__in=list(portfolio_ids),
        as_of__range=(as_of - OLDEST, as_of - NEWEST),
        window_days=window,
        score__isnull=False,
    ).values_list("portfolio_id", "as_of", "score")
    nearest: dict[int, tuple[timedelta, float]] = {}
    for pk, when, score_then in rows:
        away = abs(when - (as_of - WEEK))
        if score_then is not None and (pk not in nearest or away < nearest[pk][0]):
            nearest[pk] = (away, score_then)
    return {pk: found for pk, (_, found) in nearest.items()}
