"""What the live tier hears of alerts. A hint: the row is the message, and catch-up reads rows."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from alerts.models import Event
from alerts.wire import payload

GROUP = "live.alerts"


def push(event: Event) -> None:
    """Tell every live process; each hands it to the owner's sockets."""
    message = {
        "type": "live.message",
        "channel": "alerts",
        "owner": event.owner_id,
        "payload": payload(event),
    }
    async_to_sync(get_channel_layer().group_send)(GROUP, message)
