"""The state machine of a rule: (reading, previous state) → new state. Knows no framework.

A rule has two states, `ok` and `firing`, and only a change between them (a flip) is an event:

- ok → firing when the value breaches the line (`above`: value > threshold, `below`: value <
  threshold), unless the last firing is less than `cooldown` ago. A breach inside the cooldown is
  *held*: the rule stays ok, and fires at the first evaluation after the cooldown that still sees a
  breach. So a persistent breach is told, late, and a flapping one is told once per cooldown.
- firing → ok when the value is back over the line by `hysteresis`, a fraction of the threshold
  (`above`: value ≤ threshold · (1 - h), `below`: value ≥ threshold · (1 + h)). No cooldown.
- A missing value changes nothing, and the outcome says that it was missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

ABOVE: Final = "above"
BELOW: Final = "below"
OK: Final = "ok"
FIRING: Final = "firing"

#: Share of the limit from which a load line is drawn as close.
NEAR: Final = 0.9


@dataclass(frozen=True)
class RuleSpec:
    """A line. `threshold` is in the measure's unit and positive, `hysteresis` a fraction of it."""

    direction: str
    threshold: Decimal
    hysteresis: float = 0.01
    cooldown: timedelta = timedelta(minutes=30)

    def breached_by(self, value: Decimal) -> bool:
        """Whether the value lies strictly over the line."""
        return value > self.threshold if self.direction == ABOVE else value < self.threshold

    @property
    def clears_at(self) -> Decimal:
        """The value at which a firing rule goes back to ok."""
        band = self.threshold * Decimal(str(self.hysteresis))
        return self.threshold - band if self.direction == ABOVE else self.threshold + band

    def cleared_by(self, value: Decimal) -> bool:
        """Whether the value is back by the whole hysteresis."""
        return value <= self.clears_at if self.direction == ABOVE else value >= self.clears_at


@dataclass(frozen=True)
class State:
    """What a rule remembers between two evaluations."""

    state: str = OK
    last_fired_at: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """The new state, whether it is a flip, and what to say when it is none."""

    state: State
    flipped: bool = False
    missing: bool = False
    held_until: datetime | None = None

    @property
    def fired(self) -> bool:
        return self.flipped and self.state.state == FIRING


def evaluate(rule: RuleSpec, value: Decimal | None, state: State, now: datetime) -> Outcome:
    """Judge one value. None, NaN and infinities are missing: the state stays."""
    if value is None or not value.is_finite():
        return Outcome(state, missing=True)
    if state.state == FIRING:
        if rule.cleared_by(value):
            return Outcome(State(OK, state.last_fired_at), flipped=True)
        return Outcome(state)
    if not rule.breached_by(value):
        return Outcome(state)
    held_until = _end_of_cooldown(rule, state)
    if held_until is not None and now < held_until:
        return Outcome(state, held_until=held_until)
    return Outcome(State(FIRING, now), flipped=True)


def _end_of_cooldown(rule: RuleSpec, state: State) -> datetime | None:
    return state.last_fired_at + rule.cooldown if state.last_fired_at else None


@dataclass(frozen=True)
class Firing:
    """One time the rule would have fired; `cleared_at` None: it had not cleared by the end."""

    at: datetime
    value: Decimal
    cleared_at: datetime | None = None


def replay(rule: RuleSpec, series: Iterable[tuple[datetime, Decimal | None]]) -> list[Firing]:
    """Every firing over (time, value) pairs in ascending order, starting from ok."""
    state = State()
    firings: list[Firing] = []
    for at, value in series:
        outcome = evaluate(rule, value, state, at)
        state = outcome.state
        if outcome.fired and value is not None:
            firings.append(Firing(at, value))
        elif outcome.flipped:
            firings[-1] = Firing(firings[-1].at, firings[-1].value, at)
    return firings


Load = Literal["ok", "near", "over", "missing"]


def fraction_used(rule: RuleSpec, value: Decimal | None) -> float | None:
    """How deep the ship sits: 1 is at the line, more is over it. None when there is no value."""
    if value is None or value <= 0:
        return None
    above = rule.direction == ABOVE
    return float(value / rule.threshold if above else rule.threshold / value)


def load_state(rule: RuleSpec, value: Decimal | None, state: str) -> Load:
    """How a load line is drawn: a firing rule stays over the line until it has cleared."""
    used = fraction_used(rule, value)
    if state == FIRING or (value is not None and rule.breached_by(value)):
        return "over"
    if used is None:
        return "missing"
    return "near" if used >= NEAR else "ok"
