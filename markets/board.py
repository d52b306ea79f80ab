"""The price board in Valkey: last prices by venue.

The stream writes it several times a second; readers ask it before the database. Every function
raises ``redis.RedisError`` when Valkey does not answer, and the callers say what that means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from redis import Redis

#: A board nobody has written to for this long is gone, and the database answers.
LIFETIME_SECONDS = 3600
_SEQUENCE = "live:prices:seq"


class Entry(msgspec.Struct, frozen=True):
    """A price on the board, in USD a unit. ``change_24h`` is a fraction, or None when unknown."""

    price: Decimal
    time: datetime
    change_24h: float | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


@cache
def client() -> Redis:
    """This process's connections to Valkey; answers are bytes."""
    return Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)


def _key(venue: str) -> str:
    return f"prices:{venue}"


def write(venue: str, entries: Mapping[str, Entry]) -> None:
    """Put prices by asset symbol; an empty mapping writes nothing."""
    if not entries:
        return
    encoded: dict[Any, Any] = {symbol: _encoder.encode(entry) for symbol, entry in entries.items()}
    with client().pipeline(transaction=False) as pipe:
        pipe.hset(_key(venue), mapping=encoded)
        pipe.expire(_key(venue), LIFETIME_SECONDS)
        pipe.execute()


def read(venue: str, symbols: Iterable[str]) -> dict[str, Entry]:
    """The board's prices of these symbols; those it does not know are left out."""
    wanted = list(symbols)
    if not wanted:
        return {}
    found = client().hmget(_key(venue), wanted)
    return {
        symbol: _decoder.decode(raw)
        for symbol, raw in zip(wanted, found, strict=True)
        if raw is not None
    }


def next_sequence() -> int:
    """The number of the next price message."""
    return int(client().incr(_SEQUENCE))


def sequence() -> int:
    """The number of the last price message; 0 before the first."""
    return int(client().get(_SEQUENCE) or 0)


def from_microseconds(moment: int) -> datetime:
    """Aware UTC of microseconds since 1970, exact."""
    return datetime.fromtimestamp(moment // 1_000_000, UTC).replace(microsecond=moment % 1_000_000)
