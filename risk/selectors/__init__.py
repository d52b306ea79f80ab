"""Reads: the risk answer of a portfolio or of several, of one asset, and what was said before."""

from __future__ import annotations

from risk.selectors.answers import (
    Answer,
    answer_of,
    asset_risk,
    contributions,
    look_of,
    risk_answer,
)
from risk.selectors.looks import Look
from risk.selectors.snapshots import (
    Point,
    latest_snapshot,
    score_history,
    snapshot_history,
    snapshots_for,
)

__all__ = [
    "Answer",
    "Look",
    "Point",
    "answer_of",
    "asset_risk",
    "contributions",
    "latest_snapshot",
    "look_of",
    "risk_answer",
    "score_history",
    "snapshot_history",
    "snapshots_for",
]
