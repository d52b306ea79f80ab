"""The risk answer as design §5 gives it: looks made of fractions, crossed into money here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from markets.models import Asset
from markets.selectors import current_venue
from portfolios.models import Portfolio
from risk import measures, sentences
from risk.crossing import amount_of, plain
from risk.explanations import explain
from risk.figures import Contribution, Figures
from risk.parameters import Parameters, parameters
from risk.score import Score
from risk.selectors.exposure import Exposure, one_unit
from risk.selectors.looks import Look, look, look_at
from risk.selectors.snapshots import trend_of

#: JSON: decimal strings for money, numbers for ratios, None for what is undefined.
Answer = dict[str, Any]

METHODS = ("historical", "parametric", "cornish_fisher", "ewma")
RATIOS = (
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "current_drawdown",
    "longest_drawdown",
    "beta",
)
#: What of an answer `/contributions` gives.
CONTRIBUTIONS = (
    "portfolio",
    "as_of",
    "window_days",
    "observations",
    "confidence",
    "horizon_days",
    "value",
    "base_currency",
    "volatility",
    "var",
    "cvar",
    "contributions",
    "warnings",
)


def risk_answer(
    portfolio: Portfolio | Sequence[Portfolio],
    *,
    window: int = 365,
    confidence: float = 0.95,
    horizon: int = 1,
    as_of: date | datetime | None = None,
    base: str | None = None,
) -> Answer:
    """The complete answer for one portfolio, or for several of one owner taken together.

    `as_of` is a UTC day, looked at from its end (None: now). ValidationError names a parameter
    that is out of range. What cannot be computed is None, with a warning that says why.
    """
    asked = parameters(window=window, confidence=confidence, horizon=horizon, as_of=as_of)
    return answer_of(look_of(portfolio, asked, base), portfolio)


def look_of(
    portfolio: Portfolio | Sequence[Portfolio], asked: Parameters, base: str | None = None
) -> Look:
    """What an answer is made of: charts need the series itself."""
    portfolios = [portfolio] if isinstance(portfolio, Portfolio) else list(portfolio)
    if not portfolios:
        now = datetime.now(UTC)
        return look_at(Exposure(base or "USD", [], now, current_venue(), "BTC"), asked)
    return look(portfolios, asked, base or portfolios[0].base_currency)


def answer_of(seen: Look, portfolio: Portfolio | Sequence[Portfolio]) -> Answer:
    """A look, said in JSON."""
    single = portfolio if isinstance(portfolio, Portfolio) else None
    answer = {"portfolio": None if single is None else single.pk, **_figures(seen)}
    answer |= _score(seen, single)
    answer["contributions"] = _contributions(seen)
    tokens = sentence(answer)
    answer |= {"sentence": sentences.plain(tokens), "sentence_parts": tokens}
    answer["warnings"] = seen.warnings
    answer["explain"] = explain(answer)
    return answer


def contributions(answer: Answer) -> Answer:
    """Who carries how much: the part of an answer that `/contributions` gives."""
    return {name: answer[name] for name in CONTRIBUTIONS}


def asset_risk(
    symbol: str,
    *,
    window: int = 365,
    confidence: float = 0.95,
    horizon: int = 1,
    as_of: date | datetime | None = None,
) -> Answer:
    """The answer for one unit of one asset, in USD at the current venue. Asset.DoesNotExist for
    an unknown symbol.
    """
    asked = parameters(window=window, confidence=confidence, horizon=horizon, as_of=as_of)
    asset = Asset.objects.get(symbol=symbol)
    seen = look_at(one_unit(asset, asked.as_of), asked)
    answer = {"symbol": asset.symbol, **_figures(seen), **_score(seen, None)}
    return {**answer, "warnings": seen.warnings, "explain": explain(answer)}


def _figures(seen: Look) -> Answer:
    """Everything of design §5 between `as_of` and `average_correlation`."""
    held, asked, found = seen.exposure, seen.asked, seen.figures
    value = held.value
    weights = list(seen.weights.values())
    return {
        "as_of": _iso(held.as_of),
        "base_currency": held.base,
        "venue": held.venue.slug if held.venue else None,
        "simulated": bool(held.venue and held.venue.is_simulated),
        "priced_at": _iso(held.priced_at),
        "benchmark": held.benchmark,
        "window_days": asked.window,
        "observations": seen.series.returns.size if seen.series else 0,
        "first_day": seen.series.days[0].isoformat() if seen.series and seen.series.days else None,
        "last_day": seen.series.days[-1].isoformat() if seen.series and seen.series.days else None,
        "confidence": asked.confidence,
        "horizon_days": asked.horizon,
        "value": None if value is None else plain(value),
        "volatility": found.volatility if found else None,
        "var": {method: _loss(found.var[method] if found else None, value) for method in METHODS},
        "cvar": _loss(found.cvar if found else None, value),
        **_ratios(found),
        "hhi": measures.hhi(weights),
        "effective_assets": measures.effective_assets(weights),
        "average_correlation": found.average_correlation if found else None,
    }


def _ratios(found: Figures | None) -> Answer:
    return {name: getattr(found, name) if found else None for name in RATIOS}


def _loss(fraction: float | None, value: Decimal | None) -> Answer | None:
    if fraction is None or value is None:
        return None
    return {"fraction": fraction, "amount": amount_of(fraction, value)}


def _score(seen: Look, portfolio: Portfolio | None) -> Answer:
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


def _contributions(seen: Look) -> list[Answer]:
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
        "var": _loss(part.var, value),
        "cvar": _loss(part.cvar, value),
        "risk_share": part.risk,
    }


def sentence(answer: Answer) -> list[sentences.Token]:
    """The one sentence of an answer, in parts."""
    var = answer["var"]["historical"]
    if var is None:
        return sentences.unknown(_reason(answer))
    return sentences.loss(
        fraction=var["fraction"],
        amount=var["amount"],
        currency=answer["base_currency"],
        confidence=answer["confidence"],
        horizon=answer["horizon_days"],
        riskiest=_riskiest(answer["contributions"]),
    )


def _reason(answer: Answer) -> str:
    if not answer["contributions"]:
        return "Nothing with a price is held."
    return f"There are {answer['observations']} days of returns, too few for this confidence."


def _riskiest(parts: list[Answer]) -> sentences.Riskiest | None:
    known = [part for part in parts if part["risk_share"] is not None]
    if not known:
        return None
    top = max(known, key=lambda part: float(part["risk_share"]))
    return sentences.Riskiest(top["symbol"], top["weight"], top["risk_share"])


def _iso(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
