"""Measures of risk: pure functions, arrays in, numbers out, float64 throughout.

Every function takes a one-dimensional array of simple returns (0.01 is one percent) of one day
each, drops what is not a number, and answers None where the measure is undefined: fewer than two
observations, no dispersion, no losses. Losses (VaR, CVaR) are positive, drawdowns are ≤ 0, and a
year has 365 days. `Measure` names them all; the conventions are written out in docs/risk.md.
"""

from __future__ import annotations

from risk.measures.arrays import DAYS_PER_YEAR, Array, clean, paired
from risk.measures.dependence import (
    average_correlation,
    beta,
    component_volatility,
    correlation,
    correlation_matrix,
    effective_assets,
    hhi,
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
    current_drawdown,
    longest_drawdown,
    max_drawdown,
    underwater,
)
from risk.measures.names import Measure
from risk.measures.ratios import annual_growth, calmar, sharpe, sortino
from risk.measures.tail import (
    LEAST_IN_TAIL,
    component_cvar,
    component_parametric_var,
    cornish_fisher_domain,
    cornish_fisher_expansion,
    cornish_fisher_var,
    cvar,
    ewma_var,
    historical_var,
    parametric_var,
    tail_is_shown,
    tail_weights,
)

__all__ = [
    "DAYS_PER_YEAR",
    "LAMBDA",
    "LEAST_IN_TAIL",
    "Array",
    "Measure",
    "annual_growth",
    "average_correlation",
    "beta",
    "calmar",
    "clean",
    "component_cvar",
    "component_parametric_var",
    "component_volatility",
    "cornish_fisher_domain",
    "cornish_fisher_expansion",
    "cornish_fisher_var",
    "correlation",
    "correlation_matrix",
    "current_drawdown",
    "cvar",
    "downside_deviation",
    "effective_assets",
    "ewma_var",
    "ewma_volatility",
    "excess_kurtosis",
    "hhi",
    "historical_var",
    "longest_drawdown",
    "max_drawdown",
    "mean",
    "next_ewma_variance",
    "paired",
    "parametric_var",
    "sharpe",
    "skewness",
    "sortino",
    "standard_deviation",
    "tail_is_shown",
    "tail_weights",
    "underwater",
    "volatility",
]
