"""What a client may say over `/ws/live/`, and the plain answers to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

Channel = Literal["prices", "portfolio", "risk", "alerts"]

#: Symbols one subscription may name.
MAX_SYMBOLS = 500
#: As long as the database's, and nothing that it cannot hold.
Symbol = Annotated[str, msgspec.Meta(max_length=20, pattern=r"^[^\x00]*$")]


class Authenticate(msgspec.Struct, tag="authenticate"):
    """First message of a client without a session cookie."""

    token: str


class Subscribe(msgspec.Struct, tag="subscribe"):
    """`since`: the last `seq` seen, to be told what was missed."""

    channel: Channel
    symbols: list[Symbol] = []
    id: int | Literal["all"] | None = None
    since: int | None = None


class Unsubscribe(msgspec.Struct, tag="unsubscribe"):
    channel: Channel
    symbols: list[Symbol] = []
    id: int | Literal["all"] | None = None


class Ping(msgspec.Struct, tag="ping"):
    id: int | str | None = None


class Command(msgspec.Struct, tag="command"):
    id: int | str
    action: str
    payload: dict[str, Any] = {}


Inbound = Authenticate | Subscribe | Unsubscribe | Ping | Command

_decoder = msgspec.json.Decoder(Inbound)
_encoder = msgspec.json.Encoder()


class BadMessageError(Exception):
    """The text is not one of the messages above."""


def decode(text: str) -> Inbound:
    """Raises BadMessageError naming the offending field."""
    try:
        message: Inbound = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise BadMessageError(str(error)) from error
    if isinstance(message, Subscribe | Unsubscribe) and len(message.symbols) > MAX_SYMBOLS:
        raise BadMessageError(f"At most {MAX_SYMBOLS} symbols in a subscription - at `$.symbols`")
    return message


def encode(payload: object) -> str:
    return _encoder.encode(payload).decode()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def error(code: str, message: str, **extra: object) -> str:
    return encode({"type": "error", "code": code, "message": message, "ts": now(), **extra})
