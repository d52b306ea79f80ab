"""Measures of risk: pure functions, arrays in, numbers out, float64 throughout.

Every function takes a one-dimensional array of simple returns (0.01 is one percent) of one day
each, drops what is not a number, and answers None where the measure is undefined: fewer than two
observations, no dispersion, no losses. Losses (VaR, CVaR) are positive, drawdowns are ≤ 0, and a
year has 365 days. `Measure` names them all; the conventions are written out in docs/risk.md.
"""

from __future__ import annotations

from risk.measures.arrays import (
    DAYS_PER_YEAR,
    Array,
    clean,
    paired,
)
from risk.measures.benchmark import (
    alpha,
    down_capture,
    information_ratio,
    tracking_error,
    up_capture,
)
from risk.measures.components import (
    component_cvar,
    component_historical_var,
    component_parametric_cvar,
    component_parametric_var,
    component_volatility,
    without_each,
)
from risk.measures.covariance import (
    covariance,
    diversification_ratio,
    ewma_covariance,
    moving_columns,
    shrunk_covariance,
)
from risk.measures.dependence import (
    average_correlation,
    beta,
    correlation,
    correlation_matrix,
    effective_assets,
    hhi,
    hhi_of_risk,
)
from risk.measures.dispersion import (
    LAMBDA,
    downside_deviation,
    ewma_volatility,
    excess_kurtosis,
    mean,
    next_ewma_variance,
    skewness,
    standard_deviation,
    volatility,
)
from risk.measures.drawdown import (
    Fall,
    current_drawdown,
    deepest_fall,
    longest_drawdown,
    max_drawdown,
    ulcer_index,
    underwater,
)
from risk.measures.filtered import (
    expected_volatilities,
    filtered_historical_cvar,
    filtered_historical_var,
    filtered_returns,
    surprises,
)
from risk.measures.horizons import (
    BLOCK,
    PATHS,
    compounded,
    overlapping_returns,
    simulated_returns,
    stationary_blocks,
)
from risk.measures.methods import (
    CVAR,
    VAR,
    cvar,
    period_returns,
    var,
)
from risk.measures.names import (
    Correlation,
    Measure,
    Method,
    Sampling,
    Scaling,
)
from risk.measures.normal import (
    cornish_fisher_cvar,
    cornish_fisher_domain,
    cornish_fisher_expansion,
    cornish_fisher_var,
    ewma_cvar,
    ewma_var,
    normal_quantile,
    normal_tail_mean,
    parametric_cvar,
    parametric_var,
)
from risk.measures.ratios import (
    annual_growth,
    calmar,
    omega,
    sharpe,
    sortino,
)
from risk.measures.students import (
    degrees_of_freedom,
    student_t_cvar,
    student_t_var,
)
from risk.measures.tail import (
    LEAST_IN_TAIL,
    historical_cvar,
    historical_var,
    quantile_weights,
    tail_is_shown,
    tail_weights,
)

__all__ = [
    "BLOCK",
    "CVAR",
    "DAYS_PER_YEAR",
    "LAMBDA",
    "LEAST_IN_TAIL",
    "PATHS",
    "VAR",
    "Array",
    "Correlation",
    "Fall",
    "Measure",
    "Method",
    "Sampling",
    "Scaling",
    "alpha",
    "annual_growth",
    "average_correlation",
    "beta",
    "calmar",
    "clean",
    "component_cvar",
    "component_historical_var",
    "component_parametric_cvar",
    "component_parametric_var",
    "component_volatility",
    "compounded",
    "cornish_fisher_cvar",
    "cornish_fisher_domain",
    "cornish_fisher_expansion",
    "cornish_fisher_var",
    "correlation",
    "correlation_matrix",
    "covariance",
    "current_drawdown",
    "cvar",
    "deepest_fall",
    "degrees_of_freedom",
    "diversification_ratio",
    "down_capture",
    "downside_deviation",
    "effective_assets",
    "ewma_covariance",
    "ewma_cvar",
    "ewma_var",
    "ewma_volatility",
    "excess_kurtosis",
    "expected_volatilities",
    "filtered_historical_cvar",
    "filtered_historical_var",
    "filtered_returns",
    "hhi",
    "hhi_of_risk",
    "historical_cvar",
    "historical_var",
    "information_ratio",
    "longest_drawdown",
    "max_drawdown",
    "mean",
    "moving_columns",
    "next_ewma_variance",
    "normal_quantile",
    "normal_tail_mean",
    "omega",
    "overlapping_returns",
    "paired",
    "parametric_cvar",
    "parametric_var",
    "period_returns",
    "quantile_weights",
    "sharpe",
    "shrunk_covariance",
    "simulated_returns",
    "skewness",
    "sortino",
    "standard_deviation",
    "stationary_blocks",
    "student_t_cvar",
    "student_t_var",
    "surprises",
    "tail_is_shown",
    "tail_weights",
    "tracking_error",
    "ulcer_index",
    "underwater",
    "up_capture",
    "var",
    "volatility",
    "without_each",
]
