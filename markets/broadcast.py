"""Prices to whoever listens: one message for all symbols that moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from channels.layers import get_channel_layer

from markets.board import Entry

GROUP: Final = "live.prices"


def price_message(sequence: int, prices: Mapping[str, Entry]) -> dict[str, Any]:
    """The message of group ``live.prices``: prices by asset symbol, in USD a unit."""
    return {
        "type": "live.message",
        "channel": "prices",
        "payload": {
            "type": "price_update",
            "seq": sequence,
            "ts": _iso(datetime.now(UTC)),
            "prices": {symbol: _payload(entry) for symbol, entry in prices.items()},
        },
    }


async def send_prices(sequence: int, prices: Mapping[str, Entry]) -> None:
    """Send one message; raises redis.RedisError or OSError when the channel layer is away."""
    await get_channel_layer().group_send(GROUP, price_message(sequence, prices))


def _payload(entry: Entry) -> dict[str, Any]:
    return {
        "price": f"{entry.price.normalize():f}",
        "time": _iso(entry.time),
        "change_24h": entry.change_24h,
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
