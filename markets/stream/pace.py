"""Saying a thing often, but not too often; no Django."""

from __future__ import annotations

import time
from collections.abc import Callable


class AtMostEvery:
    """True at the first call, and then at most once in so many seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._last = float("-inf")

    def due(self) -> bool:
        now = self._clock()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
