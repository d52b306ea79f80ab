"""Correlation between what is held, and Monte Carlo: each only where it is asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from portfolios.models import Portfolio
from risk import measures, montecarlo
from risk.crossing import plain
from risk.explanations import FIGURES, sources
from risk.measures import Measure, Sampling
from risk.montecarlo import Estimate, Futures
from risk.parameters import parameters
from risk.selectors.answers import Answer, look_of
from risk.selectors.looks import Look
from risk.selectors.rendering import loss, question_of

PATHS = (1_000, 20_000)
DAYS = (1, 90)

#: Futures by what they were drawn from; a worker keeps the newest.
_KEPT: OrderedDict[Hashable, Futures] = OrderedDict()
_MOST = 128


def correlation(
    portfolio: Portfolio | Sequence[Portfolio], *, base: str | None = None, **asked: Any
) -> Answer:
    """Matrix between the assets held; `correlation` in `asked` names the estimator."""
    seen = look_of(portfolio, parameters(**asked), base)
    series, method = seen.series, seen.asked.correlation
    found: list[list[float | None]] = []
    shrunk = None
    if series is not None and series.symbols:
        found = measures.correlation_matrix(series.own_returns, method)
        if method is measures.Correlation.LEDOIT_WOLF and series.returns.size >= 2:
            shrunk = measures.shrunk_covariance(series.asset_returns)[1]
    return {
        **_about(portfolio, seen),
        "symbols": series.symbols if series else [],
        "matrix": found,
        "average": seen.figures.average_correlation if seen.figures else None,
        "shrinkage": shrunk,
        "warnings": seen.warnings,
    }


def monte_carlo(
    portfolio: Portfolio | Sequence[Portfolio],
    *,
    sampling: str = Sampling.BLOCK_BOOTSTRAP,
    paths: int = 5_000,
    days: int = 30,
    base: str | None = None,
    **asked: Any,
) -> Answer:
    """Fan, VaR and CVaR with their standard errors after `days` days of seeded `paths`.

    ValidationError names a parameter that is out of range. Without two days of returns everything
    is None.
    """
    question = parameters(**asked)
    _check(sampling, paths, days)
    seen = look_of(portfolio, question, base)
    found = _futures(seen, Sampling(sampling), paths, days)
    value = seen.exposure.value
    meaning, formula = FIGURES[Measure.MONTE_CARLO]
    about = _about(portfolio, seen)
    return {
        **about,
        "sampling": sampling,
        "paths": paths,
        "days": days,
        "seed": question.seed,
        "value": None if value is None else plain(value),
        "var": _estimate(found.var if found else None, seen),
        "cvar": _estimate(found.cvar if found else None, seen),
        "mean": found.mean if found else None,
        "chance_of_loss": found.chance_of_loss if found else None,
        "fan": _fan(found),
        "warnings": seen.warnings,
        "explain": {"monte_carlo": {"meaning": meaning, "formula": formula, **sources(about)}},
    }


def _check(sampling: str, paths: int, days: int) -> None:
    errors = {
        field: [f"{field} must be between {low} and {high}, not {value}"]
        for field, value, (low, high) in (("paths", paths, PATHS), ("days", days, DAYS))
        if not low <= value <= high
    }
    if sampling not in list(Sampling):
        errors["method"] = [f"method must be one of {', '.join(Sampling)}, not {sampling}"]
    if errors:
        raise ValidationError(errors)


def _futures(seen: Look, sampling: Sampling, paths: int, days: int) -> Futures | None:
    """Kept by weights (to 0.1 %), last day and parameters: an edit changes the weights."""
    series = seen.series
    if series is None or series.returns.size < 2:
        return None
    key = (_drawn_from(seen), sampling, paths, days)
    if key not in _KEPT:
        daily = montecarlo.paths(
            series.asset_returns,
            series.weights,
            method=sampling,
            count=paths,
            days=days,
            seed=seen.asked.seed,
        )
        _KEPT[key] = montecarlo.futures(daily, seen.asked.confidence)
    _KEPT.move_to_end(key)
    while len(_KEPT) > _MOST:
        _KEPT.popitem(last=False)
    return _KEPT[key]


def _drawn_from(seen: Look) -> Hashable:
    """What the paths depend on. A rewritten history shows in the sum of the returns."""
    series, asked = seen.series, seen.asked
    assert series is not None  # noqa: S101 - the caller looked
    weights = tuple(zip(series.symbols, series.weights.round(3).tolist(), strict=True))
    past = (series.days[-1], series.returns.size, float(series.asset_returns.sum()))
    return (weights, past, seen.exposure.base, _venue(seen), asked.confidence, asked.seed)


def _venue(seen: Look) -> int | None:
    return seen.exposure.venue.pk if seen.exposure.venue else None


def _about(portfolio: Portfolio | Sequence[Portfolio], seen: Look) -> Answer:
    single = portfolio.pk if isinstance(portfolio, Portfolio) else None
    return {"portfolio": single, **question_of(seen)}


def _estimate(found: Estimate | None, seen: Look) -> Answer | None:
    """A loss with its standard error, each as a fraction and in money."""
    value = seen.exposure.value
    if found is None or value is None:
        return None
    return {**(loss(found.loss, value) or {}), "error": loss(found.error, value)}


def _fan(found: Futures | None) -> dict[str, list[float]]:
    return {str(p): row for p, row in found.fan.items()} if found else {}
