"""The one list of what is measured."""

from __future__ import annotations

from enum import StrEnum


class Measure(StrEnum):
    """Every figure of a risk answer, under the name it has there."""

    VALUE = "value"
    VOLATILITY = "volatility"
    VAR_HISTORICAL = "var.historical"
    VAR_PARAMETRIC = "var.parametric"
    VAR_CORNISH_FISHER = "var.cornish_fisher"
    VAR_EWMA = "var.ewma"
    CVAR = "cvar"
    SHARPE = "sharpe"
    SORTINO = "sortino"
    CALMAR = "calmar"
    MAX_DRAWDOWN = "max_drawdown"
    CURRENT_DRAWDOWN = "current_drawdown"
    BETA = "beta"
    HHI = "hhi"
    EFFECTIVE_ASSETS = "effective_assets"
    AVERAGE_CORRELATION = "average_correlation"
    SCORE = "score"
    CONTRIBUTIONS = "contributions"
