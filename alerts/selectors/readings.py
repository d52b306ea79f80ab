"""The newest value of what a rule watches, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from alerts.models import Measure, Rule, Subject
from alerts.rules import RuleSpec
from markets.selectors import quotes
from risk.limits import is_coin
from risk.models import RiskSnapshot


@dataclass(frozen=True)
class Reading:
    """A value in the measure's unit (US dollars per unit, a positive fraction, points of the
    score), or None and why.
    """

    value: Decimal | None
    time: datetime | None = None
    source: str = ""
    missing: str = ""


def spec_of(rule: Rule) -> RuleSpec:
    """The line of a stored rule, for the pure state machine."""
    return RuleSpec(rule.direction, rule.threshold, rule.hysteresis, rule.cooldown)


def readings_for(rules: Sequence[Rule]) -> dict[int, Reading]:
    """By rule id: one read of prices and one query of snapshots, however many rules."""
    prices = _prices({rule.asset.symbol for rule in rules if rule.asset})
    snapshots = _risks({(r.portfolio_id, r.measure) for r in rules if r.portfolio_id})
    readings: dict[int, Reading] = {}
    for rule in rules:
        if rule.subject == Subject.PRICE and rule.asset:
            readings[rule.pk] = prices[rule.asset.symbol]
        elif rule.portfolio_id:
            readings[rule.pk] = snapshots[rule.portfolio_id, rule.measure]
    return readings


def _prices(symbols: set[str]) -> dict[str, Reading]:
    known = quotes(symbols) if symbols else {}
    readings: dict[str, Reading] = {}
    for symbol in symbols:
        quote = known.get(symbol)
        if quote is None:
            readings[symbol] = Reading(None, missing=f"There is no price of {symbol}.")
        elif quote.is_stale:
            why = f"The price of {symbol} is too old to judge by."
            readings[symbol] = Reading(None, quote.time, quote.venue, why)
        else:
            readings[symbol] = Reading(quote.price, quote.time, quote.venue)
    return readings


#: Columns of a snapshot, or keys of its answer, that a measure is read from.
_SOURCES = {
    Measure.VAR: "var",
    Measure.CVAR: "cvar",
    Measure.VOLATILITY: "volatility",
    Measure.SCORE: "score",
    Measure.CURRENT_DRAWDOWN: "answer__current_drawdown",
    Measure.RISK_SHARE: "answer__contributions",
}
_WORDS = {
    Measure.VAR: "a VaR",
    Measure.CVAR: "a CVaR",
    Measure.VOLATILITY: "a volatility",
    Measure.SCORE: "a score",
    Measure.CURRENT_DRAWDOWN: "a drawdown",
    Measure.RISK_SHARE: "shares of risk",
}


def _risks(wanted: set[tuple[int | None, str]]) -> dict[tuple[int | None, str], Reading]:
    """By portfolio and measure, from the newest snapshot of each portfolio."""
    readings = dict.fromkeys(wanted, Reading(None, missing="Its risk has not been computed yet."))
    measures = sorted({Measure(measure) for _, measure in wanted})
    fields = ("portfolio_id", "as_of", "window_days", *(_SOURCES[one] for one in measures))
    newest = (
        RiskSnapshot.objects.filter(portfolio_id__in={portfolio for portfolio, _ in wanted})
        .order_by("portfolio_id", "-as_of", "-id")
        .distinct("portfolio_id")
        .values_list(*fields)
    )
    for portfolio, as_of, window, *found in newest if wanted else ():
        for measure, stored in zip(measures, found, strict=True):
            if (portfolio, measure) in wanted:
                readings[portfolio, measure] = _risk(measure, stored, as_of, window)
    return readings


def _risk(measure: Measure, stored: Any, as_of: datetime, window: int) -> Reading:
    value = value_of(measure, stored)
    if value is None:
        return Reading(None, as_of, missing=f"Its history is too short for {_WORDS[measure]}.")
    return Reading(value, as_of, f"{window} days of returns")


def value_of(measure: Measure, stored: Any) -> Decimal | None:
    """What a snapshot holds of a measure, as rules compare it: drawdowns by their size, shares of
    risk by the largest one of a coin.
    """
    if measure == Measure.RISK_SHARE:
        shares = [part["risk_share"] for part in stored or () if is_coin(part)]
        stored = max((share for share in shares if share is not None), default=None)
    return None if stored is None else as_decimal(abs(stored))


def stored_risk(
    portfolio_id: int, measure: Measure, start: datetime, end: datetime
) -> QuerySet[RiskSnapshot, tuple[datetime, Any]]:
    """(time, what is stored of a measure) of each snapshot in [start, end], ascending."""
    found = RiskSnapshot.objects.filter(portfolio_id=portfolio_id, as_of__range=(start, end))
    return found.order_by("as_of", "id").values_list("as_of", _SOURCES[measure])


def as_decimal(statistic: float) -> Decimal:
    """The one crossing from statistics to what a rule compares: 18 places, the column's."""
    return Decimal(repr(statistic)).quantize(Decimal("1e-18"))
