"""What the nightly run counts, for Prometheus."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge

PORTFOLIOS_MEASURED: Final = Counter(
    "plimsoll_risk_portfolios_measured_total",
    "Portfolios that nightly runs have dealt with",
    ["way"],
)
RUN_DONE: Final = Gauge(
    "plimsoll_risk_run_done_ratio",
    "How much of the newest nightly run is done, 0 to 1",
    multiprocess_mode="mostrecent",
)
