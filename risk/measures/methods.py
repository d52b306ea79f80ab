"""The doors: VaR and CVaR of any method, at any confidence and horizon. Positive losses."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy.typing as npt

from risk.measures.arrays import Array, clean
from risk.measures.filtered import (
    filtered_historical_cvar,
    filtered_historical_var,
    filtered_returns,
)
from risk.measures.horizons import overlapping_returns, simulated_returns
from risk.measures.names import Method, Scaling
from risk.measures.normal import (
    cornish_fisher_cvar,
    cornish_fisher_var,
    ewma_cvar,
    ewma_var,
    parametric_cvar,
    parametric_var,
)
from risk.measures.students import student_t_cvar, student_t_var
from risk.measures.tail import historical_cvar, historical_var

Loss = Callable[[npt.ArrayLike, float], float | None]

VAR: dict[Method, Loss] = {
    Method.HISTORICAL: historical_var,
    Method.PARAMETRIC: parametric_var,
    Method.CORNISH_FISHER: cornish_fisher_var,
    Method.EWMA: ewma_var,
    Method.FILTERED_HISTORICAL: filtered_historical_var,
    Method.STUDENT_T: student_t_var,
}
CVAR: dict[Method, Loss] = {
    Method.HISTORICAL: historical_cvar,
    Method.PARAMETRIC: parametric_cvar,
    Method.CORNISH_FISHER: cornish_fisher_cvar,
    Method.EWMA: ewma_cvar,
    Method.FILTERED_HISTORICAL: filtered_historical_cvar,
    Method.STUDENT_T: student_t_cvar,
}


def var(
    method: Method | str,
    returns: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    horizon: int = 1,
    scaling: Scaling | str = Scaling.SQUARE_ROOT,
    seed: int = 0,
) -> float | None:
    """Value at risk of `horizon` days as a positive fraction; None where undefined.

    `returns` are daily (days,), NaN dropped. Square root: one day's times √h, for every method.
    Overlapping: of compounded h-day stretches, for the historical methods only. Simulated: of
    `simulated_returns`, reproducible by `seed`. One day needs no scaling. ValueError for an
    unknown method or scaling, or a horizon below 1.
    """
    how = Method(method), Scaling(scaling)
    return _scaled(VAR, *how, returns, confidence=confidence, horizon=horizon, seed=seed)


def cvar(
    method: Method | str,
    returns: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    horizon: int = 1,
    scaling: Scaling | str = Scaling.SQUARE_ROOT,
    seed: int = 0,
) -> float | None:
    """Expected shortfall beyond `var`, with the same parameters."""
    how = Method(method), Scaling(scaling)
    return _scaled(CVAR, *how, returns, confidence=confidence, horizon=horizon, seed=seed)


def period_returns(
    method: Method, returns: npt.ArrayLike, horizon: int, scaling: Scaling, seed: int = 0
) -> Array:
    """The h-day returns whose historical VaR and CVaR are those of `method` at this scaling
    (overlapping or simulated); empty where the method has none.
    """
    if scaling is Scaling.SIMULATED:
        return simulated_returns(method, returns, horizon, seed=seed)
    if method is Method.HISTORICAL:
        return overlapping_returns(returns, horizon)
    if method is Method.FILTERED_HISTORICAL:
        return overlapping_returns(filtered_returns(returns), horizon)
    return clean([])


def _scaled(
    losses: dict[Method, Loss],
    method: Method,
    scaling: Scaling,
    returns: npt.ArrayLike,
    *,
    confidence: float,
    horizon: int,
    seed: int,
) -> float | None:
    if horizon < 1:
        raise ValueError(f"a horizon has at least one day, not {horizon}")
    if horizon == 1 or scaling is Scaling.SQUARE_ROOT:
        loss = losses[method](returns, confidence)
        return None if loss is None else loss * math.sqrt(horizon)
    periods = period_returns(method, returns, horizon, scaling, seed)
    return losses[Method.HISTORICAL](periods, confidence)
