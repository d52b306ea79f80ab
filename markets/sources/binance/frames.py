"""What comes over the wire, believed only as far as it makes sense."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import msgspec
import structlog

from markets.sources.base import Health, Trade

logger = structlog.get_logger(__name__)

#: A clock may be this much ahead of ours.
FUTURE_SECONDS: Final = 60
_FIRST_MS: Final = int(datetime(2009, 1, 1, tzinfo=UTC).timestamp() * 1000)
#: numeric(38,18) and bigint hold less than this.
_TOO_LARGE: Final = Decimal(10) ** 20
_TOO_SMALL: Final = Decimal(1).scaleb(-18)
_LARGEST_ID: Final = 2**63 - 1
_LOG_EVERY_SECONDS: Final = 60.0


class BadFrameError(ValueError):
    """A frame or row that cannot be true; the message names the field."""


class Event(Enum):
    """Frames that are not trades."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    SHUTDOWN = "shutdown"
    OTHER = "other"


class _TradeEvent(msgspec.Struct):
    e: str
    s: str
    t: int
    p: Decimal
    q: Decimal
    T: int
    m: bool


class _Combined(msgspec.Struct):
    stream: str
    data: _TradeEvent


class _Any(msgspec.Struct):
    """Whatever else may come: answers to SUBSCRIBE, error bodies, notices."""

    stream: str | None = None
    data: Any = None
    e: str | None = None
    id: int | str | None = None
    code: int | None = None
    msg: str | None = None
    error: Any = None


_trade_decoder = msgspec.json.Decoder(_Combined)
_any_decoder = msgspec.json.Decoder(_Any)


def checked_trade(
    symbol: str, trade_id: int, ms: int, price: Decimal, quantity: Decimal, *, sold: bool
) -> Trade:
    """A trade, or BadFrameError when a number is not finite, not positive or not of this time."""
    for name, number in (("price", price), ("quantity", quantity)):
        if not number.is_finite():
            raise BadFrameError(f"{name} {number} is not finite")
        if not _TOO_SMALL <= number < _TOO_LARGE:
            raise BadFrameError(f"{name} {number} is not positive or out of range")
    if not 0 <= trade_id <= _LARGEST_ID:
        raise BadFrameError(f"trade id {trade_id} is out of range")
    if not _FIRST_MS <= ms <= (time.time() + FUTURE_SECONDS) * 1000:
        raise BadFrameError(f"time {ms} is before 2009 or in the future")
    return Trade(symbol, trade_id, ms * 1000, price, quantity, "s" if sold else "b")


def parse(frame: str | bytes) -> Trade | Event:
    """One frame of a combined stream. BadFrameError on no frame, or a trade that cannot be."""
    try:
        event = _trade_decoder.decode(frame).data
    except msgspec.ValidationError as error:
        return _other(frame, error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadFrameError(f"not JSON: {error}") from error
    if event.e != "trade":
        return Event.OTHER
    return checked_trade(event.s, event.t, event.T, event.p, event.q, sold=event.m)


def _other(frame: str | bytes, reason: Exception) -> Event:
    try:
        notice = _any_decoder.decode(frame)
    except msgspec.DecodeError as error:
        raise BadFrameError(f"no known shape: {error}") from error
    kind = notice.data.get("e") if isinstance(notice.data, dict) else notice.e
    if kind == "serverShutdown":
        return Event.SHUTDOWN
    if kind == "trade" or (notice.stream or "").endswith("@trade"):
        raise BadFrameError(f"no trade: {reason}")
    if notice.code is not None or notice.error is not None:
        return Event.REFUSED
    if notice.id is not None:
        return Event.ACKNOWLEDGED
    return Event.OTHER


class Doubts:
    """Counts what was dropped; says so in the log at most once a minute."""

    def __init__(
        self,
        health: Health,
        clock: Callable[[], float] = time.monotonic,
        say: Callable[..., object] = logger.warning,
    ) -> None:
        self._health = health
        self._clock = clock
        self._say = say
        self._unsaid = 0
        self._said_at = float("-inf")

    def drop(self, error: BadFrameError, frame: str | bytes) -> None:
        self._health.bad_frames += 1
        self._unsaid += 1
        if self._clock() - self._said_at < _LOG_EVERY_SECONDS:
            return
        self._say("bad_frames_dropped", count=self._unsaid, last_error=str(error), last=frame[:200])
        self._unsaid, self._said_at = 0, self._clock()
