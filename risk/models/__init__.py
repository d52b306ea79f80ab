"""What the engine said, and when; one module per noun."""

from __future__ import annotations

from risk.models.forecasts import FrozenBook
from risk.models.limits import Breach, Limit, LimitQuerySet
from risk.models.runs import ChunkState, RiskChunk, RiskRun, RunState
from risk.models.snapshots import Level, RiskSnapshot

__all__ = [
    "Breach",
    "ChunkState",
    "FrozenBook",
    "Level",
    "Limit",
    "LimitQuerySet",
    "RiskChunk",
    "RiskRun",
    "RiskSnapshot",
    "RunState",
]
