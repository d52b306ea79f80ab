"""Binance's limits, as settings, and the counters that hold callers to them."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Final

MINUTE: Final = 60_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings and times of the protocol; the defaults are Binance Spot's own (2026)."""

    weight_per_minute: int = 6_000
    strikes_before_ban: int = 10
    ban_seconds: int = 120
    messages_per_second: int = 5
    streams: int = 1_024
    connections_per_5_minutes: int = 300
    ping_seconds: float = 20.0
    pong_seconds: float = 60.0
    life_seconds: float = 86_400.0
    backlog: int = 5_000


class LimitError(Exception):
    """The caller asked too much: HTTP ``status`` 429, or 418 while banned; ``retry_after`` in s."""

    def __init__(self, status: int, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after


@dataclass(slots=True)
class _Caller:
    minute: int = -1
    used: int = 0
    strikes: int = 0
    banned_until: int = 0
    attempts: deque[int] = field(default_factory=deque)


class Meter:
    """Request weight and connection attempts by address. Moments are ms since 1970."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._callers: defaultdict[str, _Caller] = defaultdict(_Caller)

    def charge(self, address: str, weight: int, now: int) -> int:
        """Count a request; returns the weight used in this minute. Raises LimitError beyond the
        limit.
        """
        caller = self._callers[address]
        if now < caller.banned_until:
            raise self._banned(caller, now)
        if caller.minute != now // MINUTE:
            caller.minute, caller.used, caller.strikes = now // MINUTE, 0, 0
        caller.used += weight
        if caller.used > self._limits.weight_per_minute:
            caller.strikes += 1
            self._strike(caller, now)
        return caller.used

    def _strike(self, caller: _Caller, now: int) -> None:
        if caller.strikes > self._limits.strikes_before_ban:
            caller.banned_until = now + self._limits.ban_seconds * 1000
            raise self._banned(caller, now)
        message = (
            "Too much request weight used; current limit is "
            f"{self._limits.weight_per_minute} request weight per 1 MINUTE. "
            "Please use WebSocket Streams for live updates to avoid polling the API."
        )
        raise LimitError(429, message, _seconds(MINUTE - now % MINUTE))

    @staticmethod
    def _banned(caller: _Caller, now: int) -> LimitError:
        message = (
            f"Way too much request weight used; IP banned until {caller.banned_until}. "
            "Please use WebSocket Streams for live updates to avoid bans."
        )
        return LimitError(418, message, _seconds(caller.banned_until - now))

    def used(self, address: str, now: int) -> int:
        """The weight used in this minute."""
        caller = self._callers[address]
        return caller.used if caller.minute == now // MINUTE else 0

    def connect(self, address: str, now: int) -> None:
        """Count a connection attempt. Raises LimitError beyond the limit of five minutes."""
        attempts = self._callers[address].attempts
        while attempts and attempts[0] <= now - 5 * MINUTE:
            attempts.popleft()
        attempts.append(now)
        if len(attempts) > self._limits.connections_per_5_minutes:
            wait = _seconds(attempts[0] + 5 * MINUTE - now)
            raise LimitError(429, "Too many connection attempts.", wait)


def _seconds(ms: int) -> int:
    return max(1, -(-ms // 1000))


class Bucket:
    """Inbound messages of one connection within a sliding second."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._seen: deque[float] = deque()

    def overflows(self, moment: float) -> bool:
        """Count a message at ``moment`` (s); true if it is one too many."""
        while self._seen and self._seen[0] <= moment - 1.0:
            self._seen.popleft()
        self._seen.append(moment)
        return len(self._seen) > self._per_second
