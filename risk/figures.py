"""All figures of one risk series, and why some are missing. No money here: fractions only."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from risk import measures
from risk.contributions import Contribution, contributions
from risk.measures import Array, Correlation, Method, Scaling
from risk.score import LEAST_OBSERVATIONS, Score, score
from risk.series import Series

__all__ = ["Contribution", "Drawdown", "Figures", "figures"]


@dataclass(frozen=True)
class Drawdown:
    """The deepest fall: from its last peak over the trough to the first day back at it (None: it
    has not come yet), and the longest stretch of days below a peak.
    """

    depth: float
    start: date | None
    trough: date | None
    recovery: date | None
    longest_days: int


@dataclass(frozen=True)
class Figures:
    """Fractions and ratios; None where undefined, with a warning that says why."""

    volatility: float | None
    var: dict[str, float | None]
    cvars: dict[str, float | None]
    skewness: float | None
    kurtosis: float | None
    downside_deviation: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    omega: float | None
    max_drawdown: float | None
    current_drawdown: float | None
    longest_drawdown: int | None
    drawdown: Drawdown | None
    ulcer: float | None
    beta: float | None
    alpha: float | None
    benchmark_correlation: float | None
    tracking_error: float | None
    information_ratio: float | None
    up_capture: float | None
    down_capture: float | None
    average_correlation: float | None
    diversification_ratio: float | None
    hhi_by_risk: float | None
    effective_assets_by_risk: float | None
    score: Score | None
    contributions: list[Contribution]
    warnings: list[str] = field(default_factory=list)

    @property
    def cvar(self) -> float | None:
        """The historical one."""
        return self.cvars[Method.HISTORICAL]


def figures(
    series: Series,
    benchmark: Array,
    *,
    confidence: float,
    horizon: int,
    concentration: float,
    risk_free: float = 0.0,
    scaling: Scaling = Scaling.SQUARE_ROOT,
    correlation: Correlation = Correlation.SAMPLE,
    seed: int = 0,
) -> Figures:
    """Measure `series`; `benchmark` holds its returns on all days of the window (NaN: none).

    `concentration` is Σ w² over the coins held, for the score. VaR and CVaR of one day become
    those of `horizon` days by `scaling`.
    """
    returns, warnings = series.returns, list[str]()
    other = _on(series, benchmark)
    var, cvars = _tail(
        returns, warnings, confidence=confidence, horizon=horizon, scaling=scaling, seed=seed
    )
    parts = contributions(series, confidence=confidence, horizon=horizon)
    concentrated = measures.hhi_of_risk([part.risk or 0.0 for part in parts])
    found = Figures(
        volatility=measures.volatility(returns),
        var=var,
        cvars=cvars,
        skewness=measures.skewness(returns),
        kurtosis=measures.excess_kurtosis(returns),
        downside_deviation=measures.downside_deviation(returns),
        sharpe=measures.sharpe(returns, risk_free),
        sortino=measures.sortino(returns, risk_free),
        calmar=measures.calmar(returns),
        omega=measures.omega(returns),
        max_drawdown=measures.max_drawdown(returns),
        current_drawdown=measures.current_drawdown(returns),
        longest_drawdown=measures.longest_drawdown(returns),
        drawdown=_drawdown(series),
        ulcer=measures.ulcer_index(returns),
        beta=measures.beta(returns, other),
        alpha=measures.alpha(returns, other, risk_free),
        benchmark_correlation=measures.correlation(returns, other),
        tracking_error=measures.tracking_error(returns, other),
        information_ratio=measures.information_ratio(returns, other),
        up_capture=measures.up_capture(returns, other),
        down_capture=measures.down_capture(returns, other),
        average_correlation=measures.average_correlation(series.own_returns, correlation),
        diversification_ratio=_diversification(series, correlation),
        hhi_by_risk=concentrated,
        effective_assets_by_risk=1.0 / concentrated if concentrated else None,
        score=_score(returns, concentration, warnings),
        contributions=parts,
        warnings=warnings,
    )
    warnings.extend(_undefined(found, returns))
    return found


def _on(series: Series, benchmark: Array) -> Array:
    """The benchmark's returns on the days of the series."""
    by_day = dict(zip(series.window_days, benchmark, strict=True))
    return np.array([by_day[day] for day in series.days], dtype=np.float64)


def _tail(
    returns: Array,
    warnings: list[str],
    *,
    confidence: float,
    horizon: int,
    scaling: Scaling,
    seed: int,
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """VaR and CVaR by method."""
    nothing: dict[str, float | None] = {method.value: None for method in Method}
    if not measures.tail_is_shown(returns.size, confidence):
        warnings.append(_too_few(returns.size, confidence, "days of returns"))
        return nothing, nothing
    if scaling is Scaling.SQUARE_ROOT or horizon == 1:
        scale = math.sqrt(horizon)
        var = {m.value: _scaled(measures.VAR[m](returns, confidence), scale) for m in Method}
        cvars = {m.value: _scaled(measures.CVAR[m](returns, confidence), scale) for m in Method}
    else:
        periods = {m: measures.period_returns(m, returns, horizon, scaling, seed) for m in Method}
        known = {m: r for m, r in periods.items() if measures.tail_is_shown(r.size, confidence)}
        var = nothing | {m.value: measures.historical_var(r, confidence) for m, r in known.items()}
        cvars = nothing | {
            m.value: measures.historical_cvar(r, confidence) for m, r in known.items()
        }
        warnings += _about_periods(periods, confidence, horizon, scaling)
    warnings += _about_losses([*var.values(), *cvars.values()], horizon)
    if var[Method.CORNISH_FISHER] is None and (scaling is not Scaling.OVERLAPPING or horizon == 1):
        warnings.append(
            "Cornish-Fisher VaR is not shown: the skewness and kurtosis of these returns lie "
            "outside the domain in which the expansion holds (Maillard), or there is no dispersion."
        )
    return var, cvars


def _too_few(observations: int, confidence: float, what: str) -> str:
    needed = math.ceil(measures.LEAST_IN_TAIL / (1.0 - confidence) - 1e-6)
    return (
        f"VaR and CVaR at {confidence:.4g} need {needed} {what} and there are "
        f"{observations}: fewer than 5 would lie in the tail."
    )


def _about_periods(
    periods: dict[Method, Array], confidence: float, horizon: int, scaling: Scaling
) -> list[str]:
    if scaling is not Scaling.OVERLAPPING:
        return []
    said = [
        "Overlapping periods exist for the historical methods alone: the others have no figure "
        "at this scaling."
    ]
    overlapping = periods[Method.HISTORICAL].size
    if not measures.tail_is_shown(overlapping, confidence):
        said.append(_too_few(overlapping, confidence, f"overlapping periods of {horizon} days"))
    return said


def _about_losses(losses: list[float | None], horizon: int) -> list[str]:
    if any(loss is not None and loss > 1.0 for loss in losses):
        return [
            f"A loss scaled to {horizon} days exceeds the whole value: the square root of time "
            "overstates it there."
        ]
    return []


def _scaled(loss: float | None, scale: float) -> float | None:
    return None if loss is None else loss * scale


def _drawdown(series: Series) -> Drawdown | None:
    """Its dates; the starting value belongs to the day before the first return."""
    longest = measures.longest_drawdown(series.returns)
    if longest is None:
        return None
    fall = measures.deepest_fall(series.returns)
    if fall is None:
        return Drawdown(0.0, None, None, None, longest)
    ends = [series.days[0] - timedelta(days=1), *series.days]
    back = None if fall.recovery is None else ends[fall.recovery]
    return Drawdown(fall.depth, ends[fall.start], ends[fall.trough], back, longest)


def _diversification(series: Series, correlation: Correlation) -> float | None:
    if series.returns.size < 2:
        return None
    matrix = measures.covariance(series.asset_returns, correlation)
    return measures.diversification_ratio(matrix, series.weights)


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


#: By the name of a figure: what makes it undefined.
REASONS = {
    "sharpe": "Sharpe is undefined: the returns do not vary.",
    "sortino": "Sortino is undefined: there was no day of loss.",
    "omega": "Omega is undefined: there was no day of loss.",
    "calmar": "Calmar is undefined: there was no drawdown, or growth beyond measure.",
    "skewness": "Skewness and kurtosis are undefined: the returns do not vary.",
    "beta": "Beta is undefined: the benchmark has no varying returns on these days.",
    "benchmark_correlation": "Correlation with the benchmark is undefined: one of the two does "
    "not vary on common days.",
    "information_ratio": "The information ratio is undefined: the returns do not differ from the "
    "benchmark's.",
    "up_capture": "Up capture is undefined: the benchmark never rose on these days.",
    "down_capture": "Down capture is undefined: the benchmark never fell on these days.",
    "average_correlation": "Average correlation is undefined: it takes two assets that vary.",
    "diversification_ratio": "The diversification ratio is undefined: the returns do not vary.",
}


def _undefined(found: Figures, returns: Array) -> list[str]:
    """Why a figure is missing, for each that is."""
    if returns.size < 2:
        return [f"There are {returns.size} days of returns: nothing can be measured from these."]
    return [reason for name, reason in REASONS.items() if getattr(found, name) is None]
