"""Writes; one module per noun."""

from __future__ import annotations

from risk.services.snapshots import backfill_snapshots, recompute, thin_snapshots

__all__ = ["backfill_snapshots", "recompute", "thin_snapshots"]
