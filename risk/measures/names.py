"""The one list of what is measured, and of the ways to measure it."""

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
    VAR_FILTERED_HISTORICAL = "var.filtered_historical"
    VAR_STUDENT_T = "var.student_t"
    CVAR = "cvar"
    CVAR_HISTORICAL = "cvars.historical"
    CVAR_PARAMETRIC = "cvars.parametric"
    CVAR_CORNISH_FISHER = "cvars.cornish_fisher"
    CVAR_EWMA = "cvars.ewma"
    CVAR_FILTERED_HISTORICAL = "cvars.filtered_historical"
    CVAR_STUDENT_T = "cvars.student_t"
    SKEWNESS = "skewness"
    KURTOSIS = "kurtosis"
    DOWNSIDE_DEVIATION = "downside_deviation"
    SHARPE = "sharpe"
    SORTINO = "sortino"
    CALMAR = "calmar"
    OMEGA = "omega"
    MAX_DRAWDOWN = "max_drawdown"
    CURRENT_DRAWDOWN = "current_drawdown"
    LONGEST_DRAWDOWN = "longest_drawdown"
    DRAWDOWN = "drawdown"
    ULCER = "ulcer"
    BETA = "beta"
    ALPHA = "alpha"
    CORRELATION = "benchmark_correlation"
    TRACKING_ERROR = "tracking_error"
    INFORMATION_RATIO = "information_ratio"
    CAPTURE = "capture"
    HHI = "hhi"
    EFFECTIVE_ASSETS = "effective_assets"
    EFFECTIVE_ASSETS_BY_RISK = "effective_assets_by_risk"
    DIVERSIFICATION_RATIO = "diversification_ratio"
    AVERAGE_CORRELATION = "average_correlation"
    LIQUIDITY = "liquidity"
    PROXIED = "proxied"
    SCORE = "score"
    CONTRIBUTIONS = "contributions"
    MONTE_CARLO = "monte_carlo"


class Method(StrEnum):
    """Ways to estimate VaR and CVaR."""

    HISTORICAL = "historical"
    PARAMETRIC = "parametric"
    CORNISH_FISHER = "cornish_fisher"
    EWMA = "ewma"
    FILTERED_HISTORICAL = "filtered_historical"
    STUDENT_T = "student_t"


class Scaling(StrEnum):
    """Ways from one day to a horizon of several."""

    SQUARE_ROOT = "square_root"
    OVERLAPPING = "overlapping"
    SIMULATED = "simulated"


class Correlation(StrEnum):
    """Estimators of covariance and correlation between assets."""

    SAMPLE = "sample"
    LEDOIT_WOLF = "ledoit_wolf"
    EWMA = "ewma"


class Sampling(StrEnum):
    """Ways of Monte Carlo to draw days."""

    BLOCK_BOOTSTRAP = "block_bootstrap"
    T_COPULA = "t_copula"
