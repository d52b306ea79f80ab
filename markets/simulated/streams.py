"""Names of streams, and who listens to which."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from markets.simulated.bars import INTERVALS

_NAME: Final = re.compile(
    r"(?P<symbol>[a-z0-9]+)@(?P<kind>trade|aggTrade|kline|miniTicker|ticker|bookTicker|avgPrice|depth)"
    r"(?P<levels>5|10|20)?(?:_(?P<interval>[0-9]+[smhdwM]))?(?P<fast>@100ms)?"
)
_ARRAYS: Final = {
    "!ticker@arr": "ticker",
    "!miniTicker@arr": "miniTicker",
    "!bookTicker": "bookTicker",
}
ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class Stream:
    """What a name asks for; ``symbol`` is ALL for the streams of all pairs."""

    name: str
    symbol: str
    kind: str
    interval: str = ""
    levels: int = 0
    fast: bool = False


def parsed(name: str) -> Stream | None:
    """The stream of that name; None if there is none, which Binance accepts and leaves silent."""
    if name in _ARRAYS:
        return Stream(name, ALL, _ARRAYS[name])
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    kind, interval, levels = found["kind"], found["interval"] or "", int(found["levels"] or 0)
    if (kind == "kline") != (interval in INTERVALS) or (interval and kind != "kline"):
        return None
    if kind != "depth" and (levels or found["fast"]):
        return None
    return Stream(name, found["symbol"].upper(), kind, interval, levels, bool(found["fast"]))


class Listener(Protocol):
    """A connection: takes an event under the name of its stream, never waits."""

    def offer(self, stream: str, event: bytes) -> None: ...


class Subscribers:
    """Who listens to which stream."""

    def __init__(self) -> None:
        self._by_name: defaultdict[str, set[Listener]] = defaultdict(set)
        self._streams: dict[str, Stream] = {}

    def add(self, listener: Listener, names: Collection[str]) -> None:
        for name in names:
            stream = parsed(name)
            if stream is not None:
                self._streams[name] = stream
                self._by_name[name].add(listener)

    def remove(self, listener: Listener, names: Collection[str]) -> None:
        for name in names:
            self._by_name[name].discard(listener)
            if not self._by_name[name]:
                del self._by_name[name]
                self._streams.pop(name, None)

    def wanted(self, kind: str) -> Iterator[Stream]:
        """The streams of a kind that someone listens to."""
        yield from [stream for stream in self._streams.values() if stream.kind == kind]

    def publish(self, name: str, event: bytes) -> None:
        for listener in tuple(self._by_name.get(name, ())):
            listener.offer(name, event)
