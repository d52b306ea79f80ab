"""What is handed to a channel, and what a channel answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

from alerts.models import Event


class ChannelError(Exception):
    """The message did not get through. `permanent`: trying again cannot help."""

    def __init__(
        self, reason: str, *, permanent: bool = False, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.retry_after = retry_after


class LeaseLostError(Exception):
    """Another worker has taken the delivery over: stop before sending."""


@dataclass(frozen=True)
class Message:
    """One event for one address. `key` is the same in every attempt, so a double can be dropped."""

    key: str
    address: str
    event: Event


@dataclass(frozen=True)
class Sending:
    """`hold` renews the lease, or raises LeaseLostError when the delivery is no longer ours."""

    hold: Callable[[], None]
    afterwards: ExitStack
