"""An event as sockets carry it."""

from __future__ import annotations

from typing import Any

from alerts.models import Event


def payload(event: Event) -> dict[str, Any]:
    """`seq` is the primary key, so a client drops a repeat and asks for what came after."""
    return {
        "type": "alert",
        "seq": event.pk,
        "ts": event.occurred_at.isoformat(),
        "id": event.pk,
        "title": event.title,
        "message": event.message,
        "fired": event.fired,
        "rule": event.rule_id,
    }
