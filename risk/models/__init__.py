"""What the engine said, and when; one module per noun."""

from __future__ import annotations

from risk.models.snapshots import Level, RiskSnapshot

__all__ = ["Level", "RiskSnapshot"]
