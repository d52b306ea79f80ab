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
from risk.selectors.backtests import backtest
from risk.selectors.futures import correlation, monte_carlo
from risk.selectors.grounds import Scenario
from risk.selectors.looks import Look
from risk.selectors.scenarios import scenario_answer, scenarios
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
    "Scenario",
    "answer_of",
    "asset_risk",
    "backtest",
    "contributions",
    "correlation",
    "latest_snapshot",
    "look_of",
    "monte_carlo",
    "risk_answer",
    "scenario_answer",
    "scenarios",
    "score_history",
    "snapshot_history",
    "snapshots_for",
]
