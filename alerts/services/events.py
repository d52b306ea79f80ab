"""An event and the deliveries it owes are one write; who is told, is told after the commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from celery import current_app
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from alerts import broadcast, channels
from alerts.models import Channel, ChannelKind, Delivery, DeliveryState, Event

DELIVER_TASK = "alerts.tasks.deliver"
QUEUE = "pipeline"


def record_event(*, owed_to: Iterable[Channel], **fields: Any) -> Event:
    """Write an event with one delivery per channel. Call inside the transaction of the flip.

    An event that is not owed to the app stands in the history as read.
    """
    owed = list(owed_to)
    in_app = any(channel.kind == ChannelKind.IN_APP for channel in owed)
    now = timezone.now()
    event = Event.objects.create(occurred_at=now, read_at=None if in_app else now, **fields)
    Delivery.objects.bulk_create([_owe(event, channel, now) for channel in owed])
    queued = any(not channels.of_kind(channel.kind).IS_IMMEDIATE for channel in owed)
    transaction.on_commit(lambda: _announce(event, in_app=in_app, queued=queued), robust=True)
    return event


def _owe(event: Event, channel: Channel, now: datetime) -> Delivery:
    if channels.of_kind(channel.kind).IS_IMMEDIATE:
        return Delivery(
            event=event, channel=channel, state=DeliveryState.SENT, attempts=1, sent_at=now
        )
    return Delivery(event=event, channel=channel, due_at=now)


def _announce(event: Event, *, in_app: bool, queued: bool) -> None:
    """Robust on commit: the rows are safe, and the schedule finds what nobody was told of."""
    if queued:
        wake_sender()
    if in_app:
        broadcast.push(event)


def wake_sender() -> None:
    """Ask a worker to send what is due."""
    current_app.send_task(DELIVER_TASK, queue=QUEUE)


def mark_read(user: User, ids: Iterable[int] | Literal["all"]) -> int:
    """Mark the person's own events as read; how many were not read before."""
    unread = Event.objects.filter(owner=user, read_at=None)
    if ids != "all":
        unread = unread.filter(pk__in=list(ids))
    return unread.update(read_at=timezone.now())
