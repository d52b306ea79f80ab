"""Writes; one module per noun."""

from __future__ import annotations

from risk.services.forecasts import (
    backfill_forecasts,
    grade_forecasts,
    store_forecasts,
    thin_forecasts,
)
from risk.services.limits import create_limit, delete_limit, evaluate_limits, update_limit
from risk.services.snapshots import backfill_snapshots, recompute, thin_snapshots

__all__ = [
    "backfill_forecasts",
    "backfill_snapshots",
    "create_limit",
    "delete_limit",
    "evaluate_limits",
    "grade_forecasts",
    "recompute",
    "store_forecasts",
    "thin_forecasts",
    "thin_snapshots",
    "update_limit",
]
