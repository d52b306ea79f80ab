"""What the price stream counts, for Prometheus."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

TICKS_STORED: Final = Counter("plimsoll_ticks_stored_total", "New ticks stored", ["venue"])
TICKS_REPEATED: Final = Counter(
    "plimsoll_ticks_repeated_total", "Ticks that were stored already", ["venue"]
)
TICKS_DROPPED: Final = Counter(
    "plimsoll_ticks_dropped_total", "Ticks lost before they were stored", ["venue", "reason"]
)
TICKS_WAITING: Final = Gauge("plimsoll_ticks_waiting", "Ticks in the buffer", ["venue"])
FLUSH_SECONDS: Final = Histogram(
    "plimsoll_tick_flush_seconds", "Time to store one batch with its bars", ["venue"]
)
RECONNECTS: Final = Gauge("plimsoll_feed_reconnects", "Connections after the first", ["venue"])
BAD_FRAMES: Final = Gauge("plimsoll_feed_bad_frames", "Frames not believed", ["venue"])
MISSED_TRADES: Final = Gauge(
    "plimsoll_feed_missed_trades", "Trades that no wire could bring back", ["venue"]
)
