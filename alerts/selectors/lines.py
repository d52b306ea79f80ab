"""Rules and limits as load lines: how deep the ship sits against how deep it may."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from accounts.models import User
from alerts import rules
from alerts.models import SHORT, Measure, Rule
from alerts.selectors.owned import rules_for
from alerts.selectors.readings import Reading, readings_for, spec_of
from portfolios.models import Portfolio
from risk.limits import LoadLine, Unit, deepest_first
from risk.selectors.limits import limit_lines


def load_lines(user: User, portfolio: Portfolio | None = None) -> list[LoadLine]:
    """The enabled rules and limits of the person, the deepest first; of one portfolio, or all with
    prices. A rule that watches the same line as a limit is not drawn again: the limit has its id.
    """
    chosen = rules_for(user).enabled()
    if portfolio is not None:
        chosen = chosen.filter(portfolio=portfolio)
    found = list(chosen)
    readings = readings_for(found)
    rules_here = [line_of(rule, readings[rule.pk]) for rule in found]
    limits = limit_lines(user, portfolio)
    watched = {line.watches: line.rule_id for line in rules_here if line.watches}
    drawn = {line.watches for line in limits}
    lines = [
        replace(line, rule_id=watched.get(line.watches), name=_named(line, portfolio))
        for line in limits
    ]
    lines += [line for line in rules_here if not line.watches or line.watches not in drawn]
    return deepest_first(lines)


def _named(line: LoadLine, portfolio: Portfolio | None) -> str:
    """Among the lines of several portfolios each says whose it is."""
    return line.name if portfolio is not None else f"{line.about}: {line.name}"


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
        unit=unit_of(rule.measure),
        subject=rule.subject,
        about=about,
        since=rule.state_since,
        held_until=_held_until(rule, spec, reading),
        missing=reading.missing,
        measure=rule.measure,
        portfolio_id=rule.portfolio_id,
        watches=_watches(rule),
    )


def unit_of(measure: str) -> Unit:
    """How a value and a threshold of a measure are written."""
    return _UNITS.get(Measure(measure), "percent")


_UNITS: dict[Measure, Unit] = {Measure.PRICE: "USD", Measure.SCORE: "score"}
#: The measures of limits, as rules call them, where they are not called alike.
_AS_LIMIT = {Measure.RISK_SHARE: "largest_risk_share"}


def _watches(rule: Rule) -> tuple[object, ...]:
    """What a limit must be about to be the same line (`risk.selectors.limits.watches_of`)."""
    if rule.portfolio_id is None:
        return ()
    measure = _AS_LIMIT.get(Measure(rule.measure), rule.measure)
    return rule.portfolio_id, measure, rule.direction, round(float(rule.threshold), 9)


def phrase_of(rule: Rule) -> str:
    """What is measured, inside a sentence."""
    return "price" if rule.measure == Measure.PRICE else SHORT[Measure(rule.measure)]


def _held_until(rule: Rule, spec: rules.RuleSpec, reading: Reading) -> datetime | None:
    if rule.state == rules.FIRING or rule.last_fired_at is None or reading.value is None:
        return None
    return rule.last_fired_at + rule.cooldown if spec.breached_by(reading.value) else None
