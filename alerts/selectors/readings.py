"""The newest value of what a rule watches, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from alerts.models import Rule, Subject
from alerts.rules import RuleSpec
from markets.selectors import quotes
from risk.models import RiskSnapshot


@dataclass(frozen=True)
class Reading:
    """A value in the measure's unit (US dollars per unit; a positive fraction), or None and why."""

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
    snapshots = _value_at_risk({rule.portfolio_id for rule in rules if rule.portfolio_id})
    readings: dict[int, Reading] = {}
    for rule in rules:
        if rule.subject == Subject.PRICE and rule.asset:
            readings[rule.pk] = prices[rule.asset.symbol]
        elif rule.portfolio_id:
            readings[rule.pk] = snapshots[rule.portfolio_id]
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


def _value_at_risk(portfolio_ids: Iterable[int]) -> dict[int, Reading]:
    ids = set(portfolio_ids)
    readings = dict.fromkeys(ids, Reading(None, missing="Its risk has not been computed yet."))
    newest = (
        RiskSnapshot.objects.filter(portfolio_id__in=ids)
        .order_by("portfolio_id", "-as_of", "-id")
        .distinct("portfolio_id")
        .values_list("portfolio_id", "as_of", "var", "window_days")
    )
    for portfolio_id, as_of, var, window in newest if ids else ():
        if var is None:
            why = "Its history is too short for a VaR."
            readings[portfolio_id] = Reading(None, as_of, missing=why)
        else:
            readings[portfolio_id] = Reading(as_decimal(var), as_of, f"{window} days of returns")
    return readings


def as_decimal(statistic: float) -> Decimal:
    """The one crossing from statistics to what a rule compares: 18 places, the column's."""
    return Decimal(repr(statistic)).quantize(Decimal("1e-18"))
