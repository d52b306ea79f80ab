"""All figures of one risk series, and why some are missing. No money here: fractions only."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from risk import measures
from risk.measures import Array
from risk.score import LEAST_OBSERVATIONS, Score, score
from risk.series import Series


@dataclass(frozen=True)
class Contribution:
    """The part of one asset (Euler). `volatility`, `var` (parametric) and `cvar` sum over the
    assets to the portfolio's own; `risk` is its share of the volatility.
    """

    symbol: str
    volatility: float | None = None
    var: float | None = None
    cvar: float | None = None
    risk: float | None = None


@dataclass(frozen=True)
class Figures:
    """Fractions and ratios; None where undefined, with a warning that says why."""

    volatility: float | None
    var: dict[str, float | None]
    cvar: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    max_drawdown: float | None
    current_drawdown: float | None
    longest_drawdown: int | None
    beta: float | None
    average_correlation: float | None
    score: Score | None
    contributions: list[Contribution]
    warnings: list[str] = field(default_factory=list)


def figures(
    series: Series,
    benchmark: Array,
    *,
    confidence: float,
    horizon: int,
    concentration: float,
    risk_free: float = 0.0,
) -> Figures:
    """Measure `series`; `benchmark` holds its returns on all days of the window (NaN: none).

    `concentration` is Σ w² over the coins held, for the score. VaR and CVaR are scaled from one
    day to `horizon` days by the square root of time.
    """
    returns, warnings = series.returns, list[str]()
    var, cvar = _tail(returns, confidence, horizon, warnings)
    found = Figures(
        volatility=measures.volatility(returns),
        var=var,
        cvar=cvar,
        sharpe=measures.sharpe(returns, risk_free),
        sortino=measures.sortino(returns, risk_free),
        calmar=measures.calmar(returns),
        max_drawdown=measures.max_drawdown(returns),
        current_drawdown=measures.current_drawdown(returns),
        longest_drawdown=measures.longest_drawdown(returns),
        beta=measures.beta(returns, _on(series, benchmark)),
        average_correlation=measures.average_correlation(series.own_returns),
        score=_score(returns, concentration, warnings),
        contributions=_contributions(series, confidence, horizon),
        warnings=warnings,
    )
    warnings.extend(_undefined(found, returns))
    return found


def _on(series: Series, benchmark: Array) -> Array:
    """The benchmark's returns on the days of the series."""
    by_day = dict(zip(series.window_days, benchmark, strict=True))
    return np.array([by_day[day] for day in series.days], dtype=np.float64)


def _tail(
    returns: Array, confidence: float, horizon: int, warnings: list[str]
) -> tuple[dict[str, float | None], float | None]:
    if not measures.tail_is_shown(returns.size, confidence):
        needed = math.ceil(measures.LEAST_IN_TAIL / (1.0 - confidence) - 1e-6)
        warnings.append(
            f"VaR and CVaR at {confidence:.4g} need {needed} days of returns and there are "
            f"{returns.size}: fewer than 5 would lie in the tail."
        )
        return dict.fromkeys(("historical", "parametric", "cornish_fisher", "ewma")), None
    losses = {
        "historical": measures.historical_var(returns, confidence),
        "parametric": measures.parametric_var(returns, confidence),
        "cornish_fisher": measures.cornish_fisher_var(returns, confidence),
        "ewma": measures.ewma_var(returns, confidence),
    }
    if losses["cornish_fisher"] is None:
        warnings.append(
            "Cornish-Fisher VaR is not shown: the skewness and kurtosis of these returns lie "
            "outside the domain in which the expansion holds (Maillard), or there is no dispersion."
        )
    scaled = {name: _scaled(loss, horizon) for name, loss in losses.items()}
    cvar = _scaled(measures.historical_cvar(returns, confidence), horizon)
    if any(loss is not None and loss > 1.0 for loss in [*scaled.values(), cvar]):
        warnings.append(
            f"A loss scaled to {horizon} days exceeds the whole value: the square root of time "
            "overstates it there."
        )
    return scaled, cvar


def _scaled(loss: float | None, horizon: int) -> float | None:
    return None if loss is None else loss * math.sqrt(horizon)


def _score(returns: Array, concentration: float, warnings: list[str]) -> Score | None:
    """Always of one day at 95 %, whatever was asked, so that scores compare."""
    volatility, tail = measures.volatility(returns), measures.historical_cvar(returns)
    drawdown = measures.max_drawdown(returns)
    if returns.size < LEAST_OBSERVATIONS or None in (volatility, tail, drawdown):
        warnings.append(
            f"The score needs {LEAST_OBSERVATIONS} days of returns and there are {returns.size}."
        )
        return None
    return score(
        volatility=volatility or 0.0,
        tail=max(tail or 0.0, 0.0),
        drawdown=-(drawdown or 0.0),
        concentration=concentration,
    )


def _contributions(series: Series, confidence: float, horizon: int) -> list[Contribution]:
    if series.returns.size < 2:
        return [Contribution(symbol) for symbol in series.symbols]
    covariance = np.atleast_2d(np.cov(series.asset_returns, rowvar=False, ddof=1))
    spread = measures.component_volatility(covariance, series.weights)
    if spread is None or not measures.volatility(series.returns):
        return [Contribution(symbol, volatility=0.0) for symbol in series.symbols]
    parts, deviation = spread
    shown = measures.tail_is_shown(series.returns.size, confidence)
    tail = measures.component_cvar(series.asset_returns, series.weights, confidence)
    normal = measures.component_parametric_var(
        series.asset_returns, series.weights, parts, confidence
    )
    year, period = math.sqrt(measures.DAYS_PER_YEAR), math.sqrt(horizon)
    return [
        Contribution(
            symbol,
            volatility=float(parts[i]) * year,
            var=float(normal[i]) * period if shown else None,
            cvar=float(tail[0][i]) * period if shown and tail is not None else None,
            risk=float(parts[i]) / deviation,
        )
        for i, symbol in enumerate(series.symbols)
    ]


def _undefined(found: Figures, returns: Array) -> list[str]:
    """Why a ratio is missing, for each that is."""
    if returns.size < 2:
        return [f"There are {returns.size} days of returns: nothing can be measured from these."]
    reasons = []
    if found.sharpe is None:
        reasons.append("Sharpe is undefined: the returns do not vary.")
    if found.sortino is None:
        reasons.append("Sortino is undefined: there was no day of loss.")
    if found.calmar is None:
        reasons.append("Calmar is undefined: there was no drawdown, or growth beyond measure.")
    if found.beta is None:
        reasons.append("Beta is undefined: the benchmark has no varying returns on these days.")
    if found.average_correlation is None:
        reasons.append("Average correlation is undefined: it takes two assets that vary.")
    return reasons
