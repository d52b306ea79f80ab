"""A person's channels: made, changed, tried out and removed."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from alerts import channels
from alerts.models import Channel, ChannelKind, Event
from alerts.services.events import record_event


def default_channels(user: User) -> list[Channel]:
    """The channels a new rule gets: the app (made on demand), and every e-mail channel switched on.

    A person without any channel yet also gets one to the sign-in address.
    """
    existing = list(Channel.objects.filter(owner=user))
    if not any(channel.kind == ChannelKind.IN_APP for channel in existing):
        in_app, _ = Channel.objects.get_or_create(owner=user, kind=ChannelKind.IN_APP, address="")
        if not existing:
            mail, _ = Channel.objects.get_or_create(
                owner=user, kind=ChannelKind.EMAIL, address=user.email
            )
            existing.append(mail)
        existing.insert(0, in_app)
    return [channel for channel in existing if channel.enabled]


def create_channel(*, owner: User, kind: str, address: str = "", enabled: bool = True) -> Channel:
    """Add a channel. ValidationError on `kind` or `address`."""
    if kind not in ChannelKind.values:
        raise ValidationError({"kind": f"{kind!r} is not one of {', '.join(ChannelKind.values)}."})
    clean = channels.of_kind(kind).clean_address(owner, address)
    try:
        with transaction.atomic():
            return Channel.objects.create(owner=owner, kind=kind, address=clean, enabled=enabled)
    except IntegrityError as error:
        raise _twice(kind) from error


def update_channel(*, channel: Channel, **changes: Any) -> Channel:
    """Change `address` or `enabled`. A new address starts without the old one's error."""
    if "address" in changes:
        kind = channels.of_kind(channel.kind)
        channel.address = kind.clean_address(channel.owner, changes["address"])
        channel.last_error = ""
    channel.enabled = changes.get("enabled", channel.enabled)
    try:
        with transaction.atomic():
            channel.save(update_fields=["address", "enabled", "last_error"])
    except IntegrityError as error:
        raise _twice(channel.kind) from error
    return channel


def _twice(kind: str) -> ValidationError:
    field = "kind" if kind == ChannelKind.IN_APP else "address"
    return ValidationError({field: "You have this channel already."})


def delete_channel(*, channel: Channel) -> None:
    """Remove an e-mail channel and what is still owed to it. The app's can only be switched off."""
    if channel.kind == ChannelKind.IN_APP:
        raise ValidationError({"kind": "The channel in the app can only be switched off."})
    channel.delete()


def send_test(*, channel: Channel) -> Event:
    """Queue a test message: a real event of no rule, on the same road as every alert."""
    if not channel.enabled:
        raise ValidationError({"enabled": "Switch the channel on first."})
    with transaction.atomic():
        return record_event(
            owed_to=[channel],
            owner_id=channel.owner_id,
            fired=False,
            title="Test message from Plimsoll",
            message=f"This is how an alert reaches you here: {channel}. Nothing has happened.",
            evidence={"test": True},
        )
