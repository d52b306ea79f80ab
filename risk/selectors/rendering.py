"""A look said in JSON: decimal strings for money, numbers for ratios, None for the undefined."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from portfolios.models import Portfolio
from risk import liquidity, measures, proxies
from risk.contributions import Contribution, Detail, Losses
from risk.crossing import amount_of, plain
from risk.figures import Figures
from risk.measures import Method
from risk.score import Score
from risk.selectors.looks import Look
from risk.selectors.snapshots import trend_of

Answer = dict[str, Any]

RATIOS = (
    "skewness",
    "kurtosis",
    "downside_deviation",
    "sharpe",
    "sortino",
    "calmar",
    "omega",
    "max_drawdown",
    "current_drawdown",
    "longest_drawdown",
    "ulcer",
    "beta",
    "alpha",
    "benchmark_correlation",
    "tracking_error",
    "information_ratio",
    "average_correlation",
    "diversification_ratio",
    "hhi_by_risk",
    "effective_assets_by_risk",
)


def figures_of(seen: Look) -> Answer:
    """Everything between `as_of` and the score."""
    held, asked, found = seen.exposure, seen.asked, seen.figures
    weights = list(seen.weights.values())
    var, cvars = _methods(seen, "var"), _methods(seen, "cvars")
    return {
        **question_of(seen),
        "value": None if held.value is None else plain(held.value),
        "volatility": found.volatility if found else None,
        "var": var,
        "cvar": cvars[Method.HISTORICAL],
        "cvars": cvars,
        "chosen": {"var": var[asked.method], "cvar": cvars[asked.method]},
        **{name: getattr(found, name) if found else None for name in RATIOS},
        "drawdown": _drawdown(found),
        "capture": {
            "up": found.up_capture if found else None,
            "down": found.down_capture if found else None,
        },
        "hhi": measures.hhi(weights),
        "effective_assets": measures.effective_assets(weights),
        "liquidity": _liquidity(seen),
        "proxied": _proxied(seen),
    }


def question_of(seen: Look) -> Answer:
    """What was asked, of which moment, and what it was read from."""
    held, asked = seen.exposure, seen.asked
    days = seen.series.days if seen.series else []
    return {
        "as_of": iso(held.as_of),
        "base_currency": held.base,
        "venue": held.venue.slug if held.venue else None,
        "simulated": bool(held.venue and held.venue.is_simulated),
        "priced_at": iso(held.priced_at),
        "benchmark": seen.benchmark,
        "window_days": asked.window,
        "observations": len(days),
        "first_day": days[0].isoformat() if days else None,
        "last_day": days[-1].isoformat() if days else None,
        "confidence": asked.confidence,
        "horizon_days": asked.horizon,
        "method": asked.method.value,
        "scaling": asked.scaling.value,
        "correlation": asked.correlation.value,
    }


def _methods(seen: Look, name: str) -> dict[str, Answer | None]:
    """VaR or CVaR by method."""
    losses = getattr(seen.figures, name) if seen.figures else {}
    value = seen.exposure.value
    return {method.value: loss(losses.get(method), value) for method in Method}


def loss(fraction: float | None, value: Decimal | None) -> Answer | None:
    """A loss as a fraction of `value` and in money."""
    if fraction is None or value is None:
        return None
    return {"fraction": fraction, "amount": amount_of(fraction, value)}


def _drawdown(found: Figures | None) -> Answer | None:
    fall = found.drawdown if found else None
    if fall is None:
        return None
    return {
        "max": fall.depth,
        "start": _day(fall.start),
        "trough": _day(fall.trough),
        "recovery": _day(fall.recovery),
        "longest_days": fall.longest_days,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _liquidity(seen: Look) -> Answer | None:
    """`days` is the longest sale of all; None with nothing held, or where a volume is unknown."""
    if not seen.sales:
        return None
    days = [sale.days for sale in seen.sales]
    known = [taken for taken in days if taken is not None]
    return {
        "share": liquidity.SHARE,
        "volume_days": liquidity.VOLUME_DAYS,
        "days": max(known) if len(known) == len(days) else None,
        "var": loss(seen.adjusted_var, seen.exposure.value),
        "assets": [
            {"symbol": sale.symbol, "days": sale.days, "turnover": sale.turnover}
            for sale in seen.sales
        ],
    }


def _proxied(seen: Look) -> Answer:
    """Which share of value x days stands in for days without a price."""
    days = len(seen.series.window_days) if seen.series else 0
    return {
        "share": proxies.share(seen.proxies, seen.weights, days),
        "assets": [
            {
                "symbol": proxy.symbol,
                "days": proxy.days,
                "own_days": proxy.own_days,
                "method": proxy.method,
                "by": proxy.by,
                "beta": proxy.beta,
            }
            for proxy in seen.proxies
        ],
    }


def score_of(seen: Look, portfolio: Portfolio | None) -> Answer:
    """Score, level and trend; the trend is against what was stored of `portfolio`."""
    scored = seen.figures.score if seen.figures else None
    if scored is None:
        return {"score": None, "level": None, "trend": None, "score_parts": []}
    trend = trend_of(portfolio, scored.value, seen.exposure.as_of, seen.asked.window)
    if portfolio is not None and trend is None:
        seen.warnings.append("No trend yet: there is no figure of a week before to compare with.")
    return {
        "score": scored.value,
        "level": scored.level,
        "trend": trend,
        "score_parts": _parts(scored),
    }


def _parts(scored: Score) -> list[Answer]:
    return [
        {
            "name": part.name,
            "title": part.title,
            "figure": part.figure,
            "full": part.full,
            "weight": part.weight,
            "value": part.value,
            "contribution": part.contribution,
        }
        for part in scored.parts
    ]


def contributions_of(seen: Look) -> list[Answer]:
    """In the order of value; an asset left out of the series has None for its parts."""
    parts = {part.symbol: part for part in seen.figures.contributions} if seen.figures else {}
    return [
        {
            "symbol": position.symbol,
            "kind": position.kind,
            "value": plain(position.value),
            "weight": seen.weights[position.symbol],
            **_part(parts.get(position.symbol, Contribution(position.symbol)), seen),
        }
        for position in seen.exposure.held
    ]


def _part(part: Contribution, seen: Look) -> Answer:
    value = seen.exposure.value
    return {
        "volatility": part.volatility,
        "var": loss(part.var, value),
        "cvar": loss(part.cvar, value),
        "risk_share": part.risk,
    }


def detail_of(detail: Detail, value: Decimal | None) -> Answer:
    """Component and incremental losses in money, marginal ones as plain numbers: loss per unit."""
    return {
        "component": _losses(detail.component, value),
        "marginal": vars(detail.marginal).copy(),
        "incremental": _losses(detail.incremental, value),
    }


def _losses(losses: Losses, value: Decimal | None) -> Answer:
    return {name: loss(fraction, value) for name, fraction in vars(losses).items()}


def iso(moment: datetime | None) -> str | None:
    """UTC, to the second."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
