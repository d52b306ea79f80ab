"""When a rule would have fired, before it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from alerts.models import Rule
from alerts.rules import Firing, replay
from alerts.selectors.history import Series, price_series, risk_series
from alerts.selectors.readings import spec_of
from alerts.services.rules import draft_rule

MAX_DAYS = 730


@dataclass(frozen=True)
class Preview:
    """What the rule would have said over [start, end]; `points` values were looked at."""

    start: datetime
    end: datetime
    firings: list[Firing]
    points: int
    resolution: str


def preview(*, owner: User, days: int = 90, **spec: Any) -> Preview:
    """Run the rule over stored closes or risk snapshots; ValidationError as for `create_rule`.

    Moves between two stored values are not seen, so the live rule may fire more often.
    """
    if not 1 <= days <= MAX_DAYS:
        raise ValidationError({"days": f"Between 1 and {MAX_DAYS}."})
    rule = draft_rule(owner=owner, **spec)
    end = timezone.now()
    start = end - timedelta(days=days)
    series = _series(rule, start, end)
    firings = replay(spec_of(rule), series.points)
    return Preview(start, end, firings, len(series.points), series.resolution)


def _series(rule: Rule, start: datetime, end: datetime) -> Series:
    if rule.asset:
        return price_series(rule.asset, start, end)
    assert rule.portfolio is not None  # noqa: S101 - draft_rule points at one of the two
    return risk_series(rule.portfolio, rule.measure, start, end)
