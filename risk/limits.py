"""Limits: what is measured, how far it is from its line, and whether it is over it. Pure.

A ceiling (most limits) is breached strictly above its threshold, a floor (the least share of
stablecoins and money) strictly below it. From 90 % of the way on, a limit is close.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from risk import measures
from risk.measures import Array

#: Share of the way to the line from which a limit is called close.
NEAR: Final = 0.9

State = Literal["ok", "near", "over", "missing"]
Unit = Literal["percent", "USD", "days", "score"]
ABOVE: Final = "above"
BELOW: Final = "below"

#: Kinds of assets that are no coin: where money waits.
MONEY_KINDS: Final = frozenset({"fiat", "stablecoin"})


class Measure(StrEnum):
    """What a limit may hold down (or, for `stable_share`, up)."""

    VAR = "var"
    CVAR = "cvar"
    VOLATILITY = "volatility"
    MAX_DRAWDOWN = "max_drawdown"
    CURRENT_DRAWDOWN = "current_drawdown"
    LARGEST_WEIGHT = "largest_weight"
    LARGEST_RISK_SHARE = "largest_risk_share"
    STABLE_SHARE = "stable_share"
    DAYS_TO_LIQUIDATE = "days_to_liquidate"


TITLES: Final = {
    Measure.VAR: "VaR",
    Measure.CVAR: "CVaR",
    Measure.VOLATILITY: "Volatility, year",
    Measure.MAX_DRAWDOWN: "Deepest drawdown",
    Measure.CURRENT_DRAWDOWN: "Drawdown now",
    Measure.LARGEST_WEIGHT: "Largest coin by value",
    Measure.LARGEST_RISK_SHARE: "Largest share of risk",
    Measure.STABLE_SHARE: "Stablecoins and money, at least",
    Measure.DAYS_TO_LIQUIDATE: "Days to liquidate",
}
#: For forms, columns and the schema.
CHOICES: Final = [(measure.value, title) for measure, title in TITLES.items()]
#: Of the historical method; they depend on confidence and horizon.
TAIL: Final = frozenset({Measure.VAR, Measure.CVAR})
#: Measures that may be asked of one asset.
OF_ASSET: Final = frozenset({Measure.LARGEST_WEIGHT, Measure.LARGEST_RISK_SHARE})
#: Beyond this a line is a slip of the pen: 10,000 % of volatility, a thousand years.
HIGHEST: Final = {"percent": 100.0, "days": 365_000.0}
#: Of the whole value: a threshold of 1 or more could never be crossed.
SHARES: Final = frozenset(Measure) - {Measure.VOLATILITY, Measure.DAYS_TO_LIQUIDATE}


@dataclass(frozen=True)
class Line:
    """What is measured, and how far it may go (a positive fraction, or days)."""

    measure: Measure
    threshold: float
    confidence: float = 0.95
    horizon: int = 1
    asset: str | None = None

    @property
    def direction(self) -> str:
        """The side on which it is breached."""
        return BELOW if self.measure is Measure.STABLE_SHARE else ABOVE

    @property
    def unit(self) -> Unit:
        return "days" if self.measure is Measure.DAYS_TO_LIQUIDATE else "percent"

    @property
    def title(self) -> str:
        """What is measured, with what it is measured at."""
        title = TITLES[self.measure]
        if self.measure in TAIL:
            return f"{self.horizon}-day {title} {self.confidence * 100:.4g} %"
        if self.asset is not None:
            what = "by value" if self.measure is Measure.LARGEST_WEIGHT else "share of risk"
            return f"{self.asset} {what}"
        return title

    def breached_by(self, value: float) -> bool:
        """Whether the value lies strictly over the line."""
        return value < self.threshold if self.direction == BELOW else value > self.threshold

    def worse(self, one: float, other: float) -> float:
        """The one of two values that lies further over the line."""
        return min(one, other) if self.direction == BELOW else max(one, other)

    def fraction_used(self, value: float | None) -> float | None:
        """The way to the line: 1 is at it, more is over it. None where that has no meaning."""
        if value is None:
            return None
        if self.direction == ABOVE:
            return max(value, 0.0) / self.threshold
        return self.threshold / value if value > 0 else None

    def distance(self, value: float | None) -> float | None:
        """Room to the line in the measure's unit; negative is over it."""
        if value is None:
            return None
        return value - self.threshold if self.direction == BELOW else self.threshold - value

    def state(self, value: float | None) -> State:
        """How a value is drawn against the line."""
        if value is None:
            return "missing"
        if self.breached_by(value):
            return "over"
        used = self.fraction_used(value)
        return "near" if used is not None and used >= NEAR else "ok"


@dataclass(frozen=True)
class Reading:
    """A value in the measure's unit, or None and why."""

    value: float | None
    missing: str = ""


@dataclass(frozen=True)
class LoadLine:
    """One line, to be drawn: a limit, an alert rule, or both at once.

    `value` and `limit` are in `unit`: a fraction, dollars per unit, days, or points of the score.
    `fraction_used` is 1 at the line and more over it (for `below`: limit / value). `held_until`:
    over the line, but inside the cooldown of the last alert. `missing` says why there is no value.
    """

    rule_id: int | None
    name: str
    value: float | None
    limit: float
    direction: str
    fraction_used: float | None
    state: State
    unit: Unit
    subject: str
    about: str
    since: datetime
    held_until: datetime | None = None
    missing: str = ""
    limit_id: int | None = None
    measure: str = ""
    portfolio_id: int | None = None
    watches: tuple[object, ...] = ()

    @property
    def distance(self) -> float | None:
        """Room to the line in `unit`; negative is over it."""
        if self.value is None:
            return None
        room = self.limit - self.value
        return -room if self.direction == BELOW else room


def deepest_first(lines: Iterable[LoadLine]) -> list[LoadLine]:
    """What is over its line first, then by the way to it; what has no value last."""

    def place(line: LoadLine) -> tuple[bool, bool, float]:
        used = line.fraction_used
        return line.state != "over", used is None, -(used or 0.0)

    return sorted(lines, key=place)


def read(line: Line, answer: Mapping[str, Any], returns: Array | None) -> Reading:
    """The value of a line in the usual risk answer (365 days); `returns` is the series behind it,
    from which losses are read at the line's own confidence and horizon.
    """
    if not answer["contributions"]:
        return Reading(None, "Nothing with a price is held.")
    value = _value(line, answer, returns)
    if value is None or not math.isfinite(value):
        return Reading(None, _why(line, answer))
    return Reading(value)


def _value(line: Line, answer: Mapping[str, Any], returns: Array | None) -> float | None:
    match line.measure:
        case Measure.VAR | Measure.CVAR:
            return None if returns is None else tail(line, returns)
        case Measure.VOLATILITY | Measure.MAX_DRAWDOWN | Measure.CURRENT_DRAWDOWN:
            size = _number(answer[line.measure])  # drawdowns are written at or below zero
            return None if size is None else abs(size)
        case Measure.LARGEST_WEIGHT:
            return _largest(line, answer, "weight")
        case Measure.LARGEST_RISK_SHARE:
            return _largest(line, answer, "risk_share")
        case Measure.STABLE_SHARE:
            return stable_share(answer)
        case Measure.DAYS_TO_LIQUIDATE:
            return _number((answer.get("liquidity") or {}).get("days"))


def _number(found: Any) -> float | None:
    return None if found is None else float(found)


def tail(line: Line, returns: Array) -> float | None:
    """VaR or CVaR (historical, square root of time) as the answer shows it; None where fewer than
    five days lie in the tail.
    """
    if not measures.tail_is_shown(returns.size, line.confidence):
        return None
    of_a_day = measures.historical_var if line.measure is Measure.VAR else measures.historical_cvar
    loss = of_a_day(returns, line.confidence)
    return None if loss is None else loss * math.sqrt(line.horizon)


def _why(line: Line, answer: Mapping[str, Any]) -> str:
    if line.measure is Measure.DAYS_TO_LIQUIDATE:
        return "Not every asset has a traded volume to sell into."
    if line.asset is not None:
        return f"{line.asset} has no share that can be measured."
    return f"{answer['observations']} days of returns are too few."


def is_coin(part: Mapping[str, Any]) -> bool:
    return part["kind"] not in MONEY_KINDS


def _largest(line: Line, answer: Mapping[str, Any], field: str) -> float | None:
    """Of the one asset asked for (not held: 0), else of the coins (none: 0)."""
    if line.asset is not None:
        parts = [part for part in answer["contributions"] if part["symbol"] == line.asset]
    else:
        parts = [part for part in answer["contributions"] if is_coin(part)]
    known = [float(part[field]) for part in parts if part[field] is not None]
    if parts and not known:
        return None
    return max(known, default=0.0)


def stable_share(answer: Mapping[str, Any]) -> float:
    """Share of the value in stablecoins and fiat money."""
    parts = answer["contributions"]
    return math.fsum(float(part["weight"]) for part in parts if not is_coin(part))
