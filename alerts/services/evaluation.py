"""Judging rules. Runs once a second: a few queries for all rules, a lock only for a flip."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from alerts import rules as machine
from alerts import wording
from alerts.models import Event, Rule, RuleQuerySet, RuleState, Subject
from alerts.selectors.monitor import LAST_EVALUATION
from alerts.selectors.readings import Reading, readings_for, spec_of
from alerts.services.events import record_event

#: What a rule last saw is stored at most this often: it is for people, not for the machine.
REMEMBER_EVERY = timedelta(seconds=10)


def evaluate_prices(symbols: set[str] | None) -> list[int]:
    """Judge the price rules of these assets (None: of all); ids of the events written.

    Rules whose breach was held by a cooldown that has ended are judged too, moved or not.
    """
    return _evaluate(_watching(Subject.PRICE, Q(asset__symbol__in=symbols or ()), symbols is None))


def evaluate_risk(portfolio_ids: Iterable[int] | None) -> list[int]:
    """Judge the risk rules of these portfolios (None: of all) by their newest snapshot."""
    ids = None if portfolio_ids is None else list(portfolio_ids)
    return _evaluate(_watching(Subject.RISK, Q(portfolio_id__in=ids or ()), ids is None))


def evaluate_rules(rule_ids: Iterable[int]) -> list[int]:
    """Judge these rules now, whatever they watch."""
    return _evaluate(RuleQuerySet(Rule).enabled().filter(pk__in=list(rule_ids)))


def _watching(subject: str, moved: Q, everything: bool) -> RuleQuerySet:
    rules = RuleQuerySet(Rule).enabled().filter(subject=subject)
    return rules if everything else rules.filter(moved | _judged_inside_cooldown())


def _judged_inside_cooldown() -> Q:
    return Q(
        state=RuleState.OK,
        last_fired_at__isnull=False,
        last_evaluated_at__lt=F("last_fired_at") + F("cooldown"),
    )


def _evaluate(chosen: RuleQuerySet) -> list[int]:
    rules = list(chosen.select_related("asset", "portfolio"))
    readings = readings_for(rules)
    now = timezone.now()
    flipping = [rule for rule in rules if _judge(rule, readings[rule.pk], now).flipped]
    events = [event.pk for rule in flipping if (event := _flip(rule.pk)) is not None]
    _remember(rules, readings, now)
    cache.set(LAST_EVALUATION, {"at": now, "rules": len(rules), "events": len(events)}, None)
    return events


def _judge(rule: Rule, reading: Reading, now: datetime) -> machine.Outcome:
    state = machine.State(rule.state, rule.last_fired_at)
    return machine.evaluate(spec_of(rule), reading.value, state, now)


def _flip(rule_id: int) -> Event | None:
    """Flip one rule under its lock, judged again by its state and the newest reading there.

    Whoever comes second sees the first one's state and value, so one flip is one event.
    """
    with transaction.atomic():
        locked = Rule.objects.select_for_update(of=("self",)).select_related("asset", "portfolio")
        rule = locked.filter(pk=rule_id, enabled=True).first()
        if rule is None:
            return None
        reading, now = readings_for([rule])[rule.pk], timezone.now()
        outcome = _judge(rule, reading, now)
        if not outcome.flipped or reading.value is None:
            return None
        rule.state, rule.last_fired_at = outcome.state.state, outcome.state.last_fired_at
        rule.state_since = rule.last_evaluated_at = now
        rule.last_value = reading.value
        rule.save(
            update_fields=[
                "state",
                "last_fired_at",
                "state_since",
                "last_evaluated_at",
                "last_value",
            ]
        )
        return _record(rule, reading, fired=outcome.fired)


def _record(rule: Rule, reading: Reading, *, fired: bool) -> Event:
    assert reading.value is not None  # noqa: S101 - a flip has a value
    words = wording.titled(rule.name, _words(rule, reading, fired=fired))
    return record_event(
        owed_to=rule.channels.filter(enabled=True),
        rule=rule,
        owner_id=rule.owner_id,
        fired=fired,
        value=reading.value,
        threshold=rule.threshold,
        title=words.title,
        message=words.message,
        evidence=_evidence(rule, reading),
    )


def _words(rule: Rule, reading: Reading, *, fired: bool) -> wording.Wording:
    spec, value = spec_of(rule), reading.value
    assert value is not None  # noqa: S101 - a flip has a value
    if rule.asset:
        return wording.price_event(rule.asset.symbol, spec, value, fired=fired)
    return wording.risk_event(str(rule.portfolio), rule.measure, spec, value, fired=fired)


def _evidence(rule: Rule, reading: Reading) -> dict[str, str | int | float | None]:
    """What the judgement rested on, so that an alert can be checked by hand."""
    return {
        "subject": rule.subject,
        "about": rule.asset.symbol if rule.asset else rule.portfolio_id,
        "measure": rule.measure,
        "direction": rule.direction,
        "value": str(reading.value),
        "value_time": reading.time.isoformat() if reading.time else None,
        "source": reading.source,
        "threshold": f"{rule.threshold.normalize():f}",
        "clears_at": f"{spec_of(rule).clears_at.normalize():f}",
        "hysteresis": rule.hysteresis,
        "cooldown_seconds": int(rule.cooldown.total_seconds()),
    }


def _remember(rules: Iterable[Rule], readings: dict[int, Reading], now: datetime) -> None:
    """One statement for all; rows another worker holds are skipped, they are being written."""
    seen = [(rule.pk, readings[rule.pk].value) for rule in rules if _is_news(rule, now)]
    known = [(pk, value) for pk, value in seen if value is not None]
    if not known:
        return
    ids, values = zip(*known, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, [now, list(ids), list(values), list(ids), now])


def _is_news(rule: Rule, now: datetime) -> bool:
    return rule.last_evaluated_at is None or now - rule.last_evaluated_at >= REMEMBER_EVERY


_REMEMBER = """
UPDATE alerts_rule SET last_value = seen.value, last_evaluated_at = %s
FROM unnest(%s::bigint[], %s::numeric[]) AS seen (id, value)
WHERE alerts_rule.id = seen.id AND alerts_rule.id IN (
    SELECT id FROM alerts_rule
    WHERE id = ANY(%s) AND (last_evaluated_at IS NULL OR last_evaluated_at < %s)
    ORDER BY id FOR UPDATE SKIP LOCKED)
"""
