"""In the app: the event's row is the message; open pages hear of it over their socket."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from accounts.models import User
from alerts import broadcast
from alerts.channels.message import Message, Sending

IS_IMMEDIATE = True


def clean_address(owner: User, address: str) -> str:  # noqa: ARG001
    """There is no address: the person is the address."""
    if address.strip():
        raise ValidationError({"address": "A channel in the app has no address."})
    return ""


def accepts(owner: User, address: str) -> bool:  # noqa: ARG001
    """Always: it reaches nobody but the owner."""
    return True


def send(message: Message, sending: Sending) -> None:
    """Tell open pages again; a page that has the event drops the repeat by its `seq`."""
    sending.hold()
    broadcast.push(message.event)
