"""The doors to a person's own rules, events and channels."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from alerts.models import Channel, ChannelKind, Delivery, Event, Rule, RuleQuerySet
from alerts.wire import payload

#: The most a reconnecting client is told at once; the page has the rest.
CATCH_UP = 200


def rules_for(user: User) -> RuleQuerySet:
    """The person's rules, with what they are about."""
    return RuleQuerySet(Rule).owned_by(user).select_related("asset", "portfolio")


def events_for(user: User) -> QuerySet[Event]:
    """The person's events, newest first, those of deleted rules too."""
    return Event.objects.filter(owner=user).select_related("rule__asset", "rule__portfolio")


def channels_for(user: User) -> QuerySet[Channel]:
    """The person's channels, in the order they were made."""
    return Channel.objects.filter(owner=user)


def unread_count(user: User) -> int:
    """Events not read yet (an event that was not owed to the app is read from the start)."""
    return Event.objects.filter(owner=user, read_at=None).count()


def catch_up(user: User, since_seq: int) -> list[dict[str, Any]]:
    """What a live client missed after `since_seq`: the newest 200 payloads, oldest first."""
    in_app = Delivery.objects.filter(event=OuterRef("pk"), channel__kind=ChannelKind.IN_APP)
    missed = Event.objects.filter(Exists(in_app), owner=user, pk__gt=since_seq).order_by("-pk")
    return [payload(event) for event in reversed(missed[:CATCH_UP])]
