"""Rules as load lines: how deep the ship sits against how deep it may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from accounts.models import User
from alerts import rules
from alerts.models import Measure, Rule
from alerts.selectors.owned import rules_for
from alerts.selectors.readings import Reading, readings_for, spec_of
from portfolios.models import Portfolio


@dataclass(frozen=True)
class LoadLine:
    """One rule, to be drawn. `value` and `limit` are in `unit`: a fraction, or dollars per unit.

    `fraction_used` is 1 at the line and more over it (for `below`: limit ÷ value). `held_until`:
    over the line, but inside the cooldown of the last alert. `missing` says why there is no value.
    """

    rule_id: int
    name: str
    value: float | None
    limit: float
    direction: str
    fraction_used: float | None
    state: rules.Load
    unit: Literal["percent", "USD"]
    subject: str
    about: str
    since: datetime
    held_until: datetime | None = None
    missing: str = ""


def load_lines(user: User, portfolio: Portfolio | None = None) -> list[LoadLine]:
    """The enabled rules of the person, the deepest first; of one portfolio, or all with prices."""
    chosen = rules_for(user).enabled() if portfolio is None else _of(user, portfolio)
    found = list(chosen)
    readings = readings_for(found)
    lines = [line_of(rule, readings[rule.pk]) for rule in found]
    return sorted(lines, key=lambda line: (line.fraction_used is None, -(line.fraction_used or 0)))


def _of(user: User, portfolio: Portfolio) -> list[Rule]:
    return list(rules_for(user).enabled().filter(portfolio=portfolio))


def line_of(rule: Rule, reading: Reading) -> LoadLine:
    """A rule and its newest reading."""
    spec = spec_of(rule)
    about = rule.asset.symbol if rule.asset else str(rule.portfolio)
    return LoadLine(
        rule_id=rule.pk,
        name=str(rule),
        value=None if reading.value is None else float(reading.value),
        limit=float(rule.threshold),
        direction=rule.direction,
        fraction_used=rules.fraction_used(spec, reading.value),
        state=rules.load_state(spec, reading.value, rule.state),
        unit="percent" if rule.measure == Measure.VAR else "USD",
        subject=rule.subject,
        about=about,
        since=rule.state_since,
        held_until=_held_until(rule, spec, reading),
        missing=reading.missing,
    )


def phrase_of(rule: Rule) -> str:
    """What is measured, inside a sentence."""
    return "1-day VaR 95 %" if rule.measure == Measure.VAR else "price"


def _held_until(rule: Rule, spec: rules.RuleSpec, reading: Reading) -> datetime | None:
    if rule.state == rules.FIRING or rule.last_fired_at is None or reading.value is None:
        return None
    return rule.last_fired_at + rule.cooldown if spec.breached_by(reading.value) else None
