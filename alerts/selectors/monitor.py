"""Whether alerting is alive: when rules were last judged, and what waits to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db.models import Count, Min, Q

from accounts.models import User
from alerts.models import Delivery, DeliveryState
from alerts.selectors.owned import rules_for

#: Written by every evaluation: {"at", "rules", "events"}.
LAST_EVALUATION = "alerts:last-evaluation"


@dataclass(frozen=True)
class MonitorStatus:
    """`last_cycle_*`: the whole installation's last evaluation; all else: the person's own."""

    last_cycle_at: datetime | None
    last_cycle_rules: int
    last_cycle_events: int
    rules: int
    firing: int
    queue_depth: int
    oldest_due_at: datetime | None
    failed: int


def monitor_status(user: User) -> MonitorStatus:
    """One read of the cache and two queries."""
    cycle = cache.get(LAST_EVALUATION) or {}
    mine = rules_for(user).enabled().aggregate(all=Count("pk"), over=Count("pk", Q(state="firing")))
    waiting = Q(state__in=[DeliveryState.PENDING, DeliveryState.SENDING])
    queue = Delivery.objects.filter(event__owner=user).aggregate(
        depth=Count("pk", filter=waiting),
        oldest=Min("due_at", filter=waiting),
        failed=Count("pk", filter=Q(state=DeliveryState.FAILED)),
    )
    return MonitorStatus(
        last_cycle_at=cycle.get("at"),
        last_cycle_rules=cycle.get("rules", 0),
        last_cycle_events=cycle.get("events", 0),
        rules=mine["all"],
        firing=mine["over"],
        queue_depth=queue["depth"],
        oldest_due_at=queue["oldest"],
        failed=queue["failed"],
    )
