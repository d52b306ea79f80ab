"""What the live tier hears of alerts. A hint: the row is the message, and catch-up reads rows."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from alerts.models import Event

GROUP = "live.alerts"


def payload(event: Event) -> dict[str, Any]:
    """An event as sockets carry it; `seq` is its primary key, so a client drops a repeat."""
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


def push(event: Event) -> None:
    """Tell every live process; each hands it to the owner's sockets."""
    message = {
        "type": "live.message",
        "channel": "alerts",
        "owner": event.owner_id,
        "payload": payload(event),
    }
    async_to_sync(get_channel_layer().group_send)(GROUP, message)
