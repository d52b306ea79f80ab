"""Filtered historical simulation: the past's surprises at today's volatility (Hull-White 1998).

Each return is divided by the volatility that RiskMetrics (λ = 0.94, zero mean) expected of that
day, and multiplied by the one it expects of tomorrow. Positive losses per day.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import Array, clean
from risk.measures.dispersion import LAMBDA
from risk.measures.tail import historical_cvar, historical_var

#: The filter never expects less than this share of the window's own volatility: after a year
#: without any move the first one would else count as a surprise of thousands of deviations.
LEAST_EXPECTED = 0.1


def expected_volatilities(returns: Array, decay: float = LAMBDA) -> Array:
    """What was expected of each day, and last of the day after them: n + 1 values.

    `returns` has no NaN. It starts with the window's own √(mean r²), which is also what the floor
    relates to.
    """
    variance = float(np.mean(returns**2))
    least = LEAST_EXPECTED**2 * variance
    expected = [variance]
    for squared in (returns**2).tolist():
        variance = decay * variance + (1.0 - decay) * squared
        expected.append(max(variance, least))
    volatilities: Array = np.sqrt(np.array(expected, dtype=np.float64))
    return volatilities


def surprises(returns: npt.ArrayLike) -> tuple[Array, float] | None:
    """Standardised residuals (n values), and the volatility expected of the next day.

    None for fewer than two returns; all zero where nothing ever moved.
    """
    values = clean(returns)
    if values.size < 2:
        return None
    expected = expected_volatilities(values)
    if expected[0] == 0.0:
        return np.zeros(values.size), 0.0
    standardised: Array = values / expected[:-1]
    return standardised, float(expected[-1])


def filtered_returns(returns: npt.ArrayLike) -> Array:
    """The returns as they would be at the volatility expected of the next day."""
    found = surprises(returns)
    if found is None:
        return np.empty(0)
    standardised, today = found
    rescaled: Array = standardised * today
    return rescaled


def filtered_historical_var(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """`historical_var` of `filtered_returns`."""
    return _finite(historical_var(filtered_returns(returns), confidence))


def filtered_historical_cvar(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """`historical_cvar` of `filtered_returns`."""
    return _finite(historical_cvar(filtered_returns(returns), confidence))


def _finite(loss: float | None) -> float | None:
    return loss if loss is not None and math.isfinite(loss) else None
