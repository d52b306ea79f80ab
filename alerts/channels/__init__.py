"""Ways to reach a person, one module each, all of one shape (`ChannelType`).

To add one: write a module with the four names of `ChannelType`, add its kind to
`alerts.models.ChannelKind` (a migration of choices) and its line to `_TYPES` below. `send` raises
`ChannelError` for whatever the wire does; everything else (claims, leases, backoff, giving up)
happens in `alerts.services.delivery` and is the same for all.
"""

from __future__ import annotations

from typing import Protocol

from accounts.models import User
from alerts.channels import email, in_app
from alerts.channels.message import ChannelError, LeaseLostError, Message, Sending
from alerts.models import ChannelKind


class ChannelType(Protocol):
    """What a module of this folder offers."""

    #: True: the event's own row is the message, so it is delivered when its transaction commits.
    IS_IMMEDIATE: bool

    def clean_address(self, owner: User, address: str) -> str:
        """The address in the form it is stored, or a ValidationError on `address`."""

    def accepts(self, owner: User, address: str) -> bool:
        """Whether the address is still one this person may be reached at."""

    def send(self, message: Message, sending: Sending) -> None:
        """Hand the message over; call `sending.hold()` just before it becomes irrevocable.

        Clean-up that may fail belongs on `sending.afterwards`, which runs once the row says sent.
        """


_TYPES: dict[str, ChannelType] = {ChannelKind.IN_APP: in_app, ChannelKind.EMAIL: email}


def of_kind(kind: str) -> ChannelType:
    """The module of a `ChannelKind`."""
    return _TYPES[kind]


__all__ = ["ChannelError", "ChannelType", "LeaseLostError", "Message", "Sending", "of_kind"]
