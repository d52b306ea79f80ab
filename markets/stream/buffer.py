"""Trades that wait for the database; no Django."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from markets.sources.base import Trade

#: Some minutes of a busy market, about 250 MB.
CAPACITY: Final = 1_000_000
#: What happens when the buffer is full. Prices go on; the bars of the gap come by REST later.
DROP_POLICY: Final = "drop-oldest"


class TickBuffer:
    """A bounded queue in order of arrival. Full, it drops the oldest and counts them."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._trades: deque[Trade] = deque()
        self._capacity = capacity
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._trades)

    def add(self, trades: Sequence[Trade]) -> int:
        """Append; returns how many old ones fell out."""
        self._trades.extend(trades)
        return self._trim()

    def take(self, most: int) -> list[Trade]:
        """Remove and return at most so many, oldest first."""
        return [self._trades.popleft() for _ in range(min(most, len(self._trades)))]

    def put_back(self, trades: Sequence[Trade]) -> int:
        """Return what could not be stored to the front; returns how many fell out for it."""
        self._trades.extendleft(reversed(trades))
        return self._trim()

    def _trim(self) -> int:
        excess = max(0, len(self._trades) - self._capacity)
        for _ in range(excess):
            self._trades.popleft()
        self.dropped += excess
        return excess
