"""The risk answer as design §5 gives it: looks made of fractions, crossed into money here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError

from markets.models import Asset
from markets.selectors import current_venue
from portfolios.models import Portfolio
from portfolios.selectors import Book
from risk import sentences
from risk.contributions import Detail, details
from risk.explanations import explain
from risk.parameters import Parameters, parameters
from risk.selectors.exposure import Exposure, one_unit
from risk.selectors.looks import Look, look, look_at
from risk.selectors.rendering import Answer, contributions_of, detail_of, figures_of, score_of

__all__ = ["Answer", "answer_of", "asset_risk", "contributions", "look_of", "risk_answer"]

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
    "cvars",
    "effective_assets",
    "effective_assets_by_risk",
    "proxied",
    "contributions",
    "warnings",
)


def risk_answer(
    portfolio: Portfolio | Sequence[Portfolio],
    *,
    base: str | None = None,
    book: Book | None = None,
    **asked: Any,
) -> Answer:
    """The complete answer for one portfolio, or for several of one owner taken together.

    `asked` is what `risk.parameters.parameters` takes: window, confidence, horizon, as_of, method,
    scaling, benchmark, correlation, proxy, seed. `as_of` is a UTC day, looked at from its end
    (None: now). ValidationError names a parameter that is out of range. What cannot be computed is
    None, with a warning that says why. `book`: as for `exposure`.
    """
    return answer_of(look_of(portfolio, parameters(**asked), base, book), portfolio)


def look_of(
    portfolio: Portfolio | Sequence[Portfolio],
    asked: Parameters,
    base: str | None = None,
    book: Book | None = None,
) -> Look:
    """What an answer is made of: charts need the series itself.

    ValidationError for a benchmark that nobody knows.
    """
    known_benchmark(asked)
    portfolios = [portfolio] if isinstance(portfolio, Portfolio) else list(portfolio)
    if not portfolios:
        now = datetime.now(UTC)
        return look_at(Exposure(base or "USD", [], now, current_venue(), "BTC"), asked)
    return look(portfolios, asked, base or portfolios[0].base_currency, book)


def known_benchmark(asked: Parameters) -> None:
    """ValidationError if a benchmark is asked for that is no asset."""
    name = asked.benchmark
    if name is not None and not Asset.objects.filter(symbol=name).exists():
        raise ValidationError({"benchmark": [f"There is no asset {name}."]})


def answer_of(seen: Look, portfolio: Portfolio | Sequence[Portfolio]) -> Answer:
    """A look, said in JSON."""
    single = portfolio if isinstance(portfolio, Portfolio) else None
    answer = {"portfolio": None if single is None else single.pk, **figures_of(seen)}
    answer |= score_of(seen, single)
    answer["contributions"] = contributions_of(seen)
    tokens = sentence(answer)
    answer |= {"sentence": sentences.plain(tokens), "sentence_parts": tokens}
    answer["warnings"] = seen.warnings
    answer["explain"] = explain(answer)
    return answer


def contributions(answer: Answer, seen: Look | None = None) -> Answer:
    """Who carries how much: the part of an answer that `/contributions` gives; with the look it
    was made of also component, marginal and incremental VaR and CVaR of each asset.
    """
    part = {name: answer[name] for name in CONTRIBUTIONS}
    if seen is None:
        return part
    known: dict[str, Detail] = {}
    if seen.series is not None:
        known = details(seen.series, confidence=seen.asked.confidence, horizon=seen.asked.horizon)
    part["contributions"] = [
        {**row, **detail_of(known.get(row["symbol"], Detail()), seen.exposure.value)}
        for row in answer["contributions"]
    ]
    return part


def asset_risk(symbol: str, **asked: Any) -> Answer:
    """The answer for one unit of one asset, in USD at the current venue, asked like `risk_answer`.

    Asset.DoesNotExist for an unknown symbol.
    """
    question = parameters(**asked)
    known_benchmark(question)
    asset = Asset.objects.get(symbol=symbol)
    seen = look_at(one_unit(asset, question.as_of), question)
    answer = {"symbol": asset.symbol, **figures_of(seen), **score_of(seen, None)}
    return {**answer, "warnings": seen.warnings, "explain": explain(answer)}


def sentence(answer: Answer) -> list[sentences.Token]:
    """The one sentence of an answer, in parts: the VaR of the method that was asked for."""
    var = answer["chosen"]["var"]
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
    if answer["var"]["historical"] is not None:
        return "The method that was asked for has no figure here; others have."
    return f"There are {answer['observations']} days of returns, too few for this confidence."


def _riskiest(parts: list[Answer]) -> sentences.Riskiest | None:
    known = [part for part in parts if part["risk_share"] is not None]
    if not known:
        return None
    top = max(known, key=lambda part: float(part["risk_share"]))
    return sentences.Riskiest(top["symbol"], top["weight"], top["risk_share"])
