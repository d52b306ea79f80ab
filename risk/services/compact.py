"""A snapshot of the nightly run: the columns, and of the answer what is pushed of it.

The rest of an answer (contributions, explanations) is ten times as large and is computed when
somebody asks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from markets.models import Venue
from portfolios.models import Portfolio
from risk import measures, sentences
from risk.broadcast import PUSHED
from risk.crossing import plain
from risk.measures import Measure
from risk.parameters import Parameters
from risk.score import LEAST_OBSERVATIONS, Score, score, trend
from risk.selectors import Answer
from risk.selectors.rendering import iso, loss

#: Methods of VaR that the kernel knows.
METHODS = {
    "historical": Measure.VAR_HISTORICAL,
    "parametric": Measure.VAR_PARAMETRIC,
    "cornish_fisher": Measure.VAR_CORNISH_FISHER,
    "ewma": Measure.VAR_EWMA,
}
RATIOS = (
    Measure.SHARPE,
    Measure.SORTINO,
    Measure.CALMAR,
    Measure.MAX_DRAWDOWN,
    Measure.CURRENT_DRAWDOWN,
    Measure.BETA,
    Measure.HHI,
)
#: What a compact answer has, of either way.
KEPT = ("portfolio", "venue", "benchmark", "var", "sharpe", "sortino", "calmar", "hhi", *PUSHED)


@dataclass(frozen=True)
class Seen:
    """A portfolio at `moment`, and what the kernel was asked of it; `concentration` is Σ w² over
    coins, `score_before` the score of about a week before.
    """

    portfolio: Portfolio
    value: Decimal
    venue: Venue
    moment: datetime
    days: int
    concentration: float
    riskiest: sentences.Riskiest | None
    score_before: float | None


def compact_of(answer: Answer) -> Answer:
    """What is kept of a whole answer."""
    return {name: answer[name] for name in KEPT}


def compact(seen: Seen, asked: Parameters, found: np.void) -> dict[str, Any]:
    """The snapshot's fields from one row of the kernel."""
    figures = dict(zip(found.dtype.names or (), map(_defined, found.item()), strict=True))
    shown = measures.tail_is_shown(seen.days, asked.confidence)
    losses = {name: figures[of] if shown else None for name, of in METHODS.items()}
    cvar = figures[Measure.CVAR] if shown else None
    scored = _score(figures, seen)
    answer: Answer = {
        "portfolio": seen.portfolio.pk,
        "as_of": iso(seen.moment),
        "base_currency": seen.portfolio.base_currency,
        "venue": seen.venue.slug,
        "simulated": seen.venue.is_simulated,
        "benchmark": seen.portfolio.benchmark,
        "window_days": asked.window,
        "observations": seen.days,
        "confidence": asked.confidence,
        "horizon_days": asked.horizon,
        "value": plain(seen.value),
        "volatility": figures[Measure.VOLATILITY],
        "var": {name: loss(fraction, seen.value) for name, fraction in losses.items()},
        "cvar": loss(cvar, seen.value),
        **{str(name): figures[name] for name in RATIOS},
        **_said(scored, seen),
    }
    tokens = _sentence(answer, seen, asked)
    answer |= {"sentence": sentences.plain(tokens), "sentence_parts": tokens}
    return {
        "portfolio": seen.portfolio,
        "as_of": seen.moment,
        "revision": seen.portfolio.revision,
        "window_days": asked.window,
        "observations": seen.days,
        "value": seen.value,
        "score": answer["score"],
        "level": answer["level"] or "",
        "volatility": answer["volatility"],
        "var": losses["historical"],
        "cvar": cvar,
        "max_drawdown": answer["max_drawdown"],
        "answer": answer,
    }


def _defined(figure: float) -> float | None:
    return None if math.isnan(figure) else figure


def _score(figures: dict[str, float | None], seen: Seen) -> Score | None:
    """As `risk.figures` scores a series."""
    volatility, tail = figures[Measure.VOLATILITY], figures[Measure.CVAR]
    drawdown = figures[Measure.MAX_DRAWDOWN]
    if seen.days < LEAST_OBSERVATIONS or volatility is None or tail is None or drawdown is None:
        return None
    return score(
        volatility=volatility,
        tail=max(tail, 0.0),
        drawdown=-drawdown,
        concentration=seen.concentration,
    )


def _said(scored: Score | None, seen: Seen) -> Answer:
    if scored is None:
        return {"score": None, "level": None, "trend": None}
    before = seen.score_before
    said = None if before is None else trend(scored.value, before)
    return {"score": scored.value, "level": scored.level, "trend": said}


def _sentence(answer: Answer, seen: Seen, asked: Parameters) -> list[sentences.Token]:
    var = answer["var"]["historical"]
    if var is None:
        return sentences.unknown(
            f"There are {seen.days} days of returns, too few for this confidence."
        )
    return sentences.loss(
        fraction=var["fraction"],
        amount=var["amount"],
        currency=seen.portfolio.base_currency,
        confidence=asked.confidence,
        horizon=asked.horizon,
        riskiest=seen.riskiest,
    )
