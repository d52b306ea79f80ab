"""What runs when, as a fresh installation starts out.

Written into django-celery-beat's tables once, by migration 0002; from then on the admin is the
place to change it, and no deploy overwrites an operator's change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Job:
    """One entry: `every` seconds, or daily at `at` (UTC)."""

    name: str
    task: str
    queue: str
    every: int | None = None
    at: tuple[int, int] | None = None
    #: Seconds after which a run that never started is dropped: the next one does its work.
    expires: int | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)


JOBS = [
    Job("Pipeline: what a lost message left", "config.tasks.run_cycle", "pipeline", 15, expires=15),
    Job("Alerts: deliver what is due", "alerts.tasks.deliver", "pipeline", 30, expires=30),
    Job("Prices", "markets.tasks.refresh_prices", "crypto_data", 300, expires=300),
    Job("Market data", "markets.tasks.refresh_market_data", "market_data", 600, expires=600),
    Job("Currencies", "markets.tasks.refresh_currencies", "market_data", 900, expires=900),
    Job("Wallets", "portfolios.tasks.refresh_wallets", "blockchain_data", 3600, expires=3600),
    Job("Source health", "markets.tasks.check_sources", "monitoring", 300, expires=300),
    Job("Close the day", "portfolios.tasks.value_day", "maintenance", at=(0, 10)),
    Job("Nightly risk", "risk.tasks.nightly", "maintenance", at=(0, 30)),
    Job("Clean-up", "markets.tasks.clean_up", "maintenance", at=(2, 0)),
    Job("Clean-up: tokens", "accounts.tasks.clean_up", "maintenance", at=(2, 5)),
    Job("Clean-up: sessions", "config.tasks.clear_sessions", "maintenance", at=(2, 10)),
    Job("Clean-up: imports", "portfolios.tasks.clear_imports", "maintenance", at=(2, 15)),
]
