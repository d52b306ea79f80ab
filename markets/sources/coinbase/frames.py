"""Coinbase's frames and trades, believed only as far as they make sense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

from markets.sources.base import Side, Trade
from markets.sources.binance.frames import BadFrameError, checked_trade

#: ``side`` is that of the maker: the taker did the opposite.
_TAKER: Final[dict[str, Side]] = {"BUY": "s", "SELL": "b"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class RawTrade(msgspec.Struct, frozen=True):
    """A trade as the WebSocket and REST both write it."""

    trade_id: str
    product_id: str
    price: Decimal
    size: Decimal
    side: Literal["BUY", "SELL"]
    time: datetime


class _TradesEvent(msgspec.Struct, frozen=True):
    type: Literal["snapshot", "update"]
    trades: list[RawTrade]


class _Head(msgspec.Struct, frozen=True):
    channel: str = ""
    type: str = ""
    message: str = ""
    reason: str = ""
    sequence_num: int | None = None


class _TradesFrame(msgspec.Struct, frozen=True):
    events: list[_TradesEvent]


@dataclass(frozen=True, slots=True)
class Frame:
    """What one frame says. ``old`` are trades of a snapshot: they happened before we listened.

    ``refusal`` is the venue's text when it refuses. Trades come oldest first.
    """

    sequence: int | None
    old: list[Trade]
    new: list[Trade]
    doubts: list[BadFrameError]
    refusal: str = ""


_head_decoder = msgspec.json.Decoder(_Head)
_trades_decoder = msgspec.json.Decoder(_TradesFrame)


def parse(frame: str | bytes) -> Frame:
    """One frame of any channel. BadFrameError on what is no frame; bad trades are in ``doubts``."""
    try:
        head = _head_decoder.decode(frame)
        if head.type == "error":
            refusal = " ".join(filter(None, (head.message, head.reason))) or "error"
            return Frame(head.sequence_num, [], [], [], refusal)
        if head.channel != "market_trades":
            return Frame(head.sequence_num, [], [], [])
        events = _trades_decoder.decode(frame).events
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadFrameError(f"no frame of Coinbase: {error}") from error
    parts: dict[str, list[Trade]] = {"snapshot": [], "update": []}
    doubts: list[BadFrameError] = []
    for event in events:
        for raw in event.trades:
            try:
                parts[event.type].append(checked(raw))
            except BadFrameError as error:
                doubts.append(error)
    for trades in parts.values():
        trades.sort(key=lambda trade: trade.trade_id)
    return Frame(head.sequence_num, parts["snapshot"], parts["update"], doubts)


def checked(raw: RawTrade) -> Trade:
    """The trade, or BadFrameError naming the number that cannot be."""
    if not (raw.trade_id.isascii() and raw.trade_id.isdecimal() and len(raw.trade_id) < 20):
        raise BadFrameError(f"trade id {raw.trade_id[:40]!r} is no number")
    if raw.time.tzinfo is None:
        raise BadFrameError(f"time {raw.time} has no zone")
    micros = (raw.time - _EPOCH) // (_EPOCH.resolution)
    trade = checked_trade(
        raw.product_id,
        int(raw.trade_id),
        micros // 1000,
        raw.price,
        raw.size,
        sold=_TAKER[raw.side] == "s",
    )
    return msgspec.structs.replace(trade, time=micros)
