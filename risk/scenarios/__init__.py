"""What if: pure functions from holdings and shocks to changes of each asset. No money here.

``shocks``    what falls how far, and what stands for what did not trade then
``crises``    seven crises replayed, from ``crises.json``
``reverse``   what it takes to lose so much
``worst``     the worst stretch of days in all stored history

A change is a fraction of an asset's value (-0.3: it falls by 30 %), never below -1.
"""

from __future__ import annotations

from risk.scenarios.crises import Crisis, Price, crises, replay
from risk.scenarios.reverse import changes_at, reach
from risk.scenarios.shocks import (
    LEAST_FOR_BETA,
    STAKED,
    Asset,
    Beta,
    Shock,
    Shocks,
    along,
    betas,
    custom,
    depeg,
    staked_discount,
)
from risk.scenarios.worst import Stretch, worst_stretch

__all__ = [
    "LEAST_FOR_BETA",
    "STAKED",
    "Asset",
    "Beta",
    "Crisis",
    "Price",
    "Shock",
    "Shocks",
    "Stretch",
    "along",
    "betas",
    "changes_at",
    "crises",
    "custom",
    "depeg",
    "reach",
    "replay",
    "staked_discount",
    "worst_stretch",
]
