"""Rules are made, changed and removed here; every refusal names its field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from alerts.models import Channel, Direction, Measure, Rule, RuleState, Subject
from alerts.selectors.owned import channels_for
from alerts.services.channels import default_channels
from alerts.services.evaluation import evaluate_rules
from markets.models import Asset
from portfolios.selectors import own_portfolios_for

MAX_HYSTERESIS = 0.5
MAX_COOLDOWN = timedelta(days=7)
#: numeric(38,18) has twenty digits before the point.
MAX_THRESHOLD = Decimal(10) ** 20

#: The usual one first.
_MEASURES_OF = {
    Subject.PRICE: (Measure.PRICE,),
    Subject.RISK: tuple(measure for measure in Measure if measure != Measure.PRICE),
}
#: Of the whole value, so that 1 is never reached.
_SHARES = {Measure.VAR, Measure.CVAR, Measure.CURRENT_DRAWDOWN, Measure.RISK_SHARE}
#: A change of these makes it another line: the rule starts anew, from clear and with no cooldown.
_LINE = {
    "subject",
    "measure",
    "asset_id",
    "portfolio_id",
    "direction",
    "threshold",
    "hysteresis",
}


def create_rule(
    *,
    owner: User,
    subject: str,
    direction: str,
    threshold: Decimal,
    symbol: str | None = None,
    portfolio: int | None = None,
    measure: str | None = None,
    hysteresis: float = 0.01,
    cooldown: timedelta = timedelta(minutes=30),
    name: str = "",
    enabled: bool = True,
    channels: Sequence[int] | None = None,
) -> Rule:
    """Make a rule; `portfolio` and `channels` are ids, no channels given: the default ones.

    Raises ValidationError with every bad field at once. It is judged as soon as it is stored.
    """
    rule = draft_rule(
        owner=owner,
        name=name,
        subject=subject,
        measure=measure,
        symbol=symbol,
        portfolio=portfolio,
        direction=direction,
        threshold=threshold,
        hysteresis=hysteresis,
        cooldown=cooldown,
    )
    rule.enabled = enabled
    with transaction.atomic():
        chosen = default_channels(owner) if channels is None else _own_channels(owner, channels)
        rule.save()
        rule.channels.set(chosen)
        transaction.on_commit(lambda: evaluate_rules([rule.pk]), robust=True)
    return rule


def draft_rule(
    *,
    owner: User,
    subject: str,
    direction: str,
    threshold: Decimal,
    symbol: str | None = None,
    portfolio: int | None = None,
    measure: str | None = None,
    hysteresis: float = 0.01,
    cooldown: timedelta = timedelta(minutes=30),
    name: str = "",
) -> Rule:
    """A valid rule that is not stored, or a ValidationError with every bad field."""
    rule = Rule(
        owner=owner,
        name=" ".join(name.split()),
        subject=subject,
        measure=measure or _usual_measure(subject),
        direction=direction,
        threshold=threshold,
        hysteresis=hysteresis,
        cooldown=cooldown,
    )
    errors = _line_errors(rule) | _point_at_subject(rule, owner, symbol, portfolio)
    if errors:
        raise ValidationError(errors)
    return rule


def _usual_measure(subject: str) -> str:
    return _MEASURES_OF[Subject(subject)][0] if subject in Subject.values else ""


def _line_errors(rule: Rule) -> dict[str, str]:
    errors: dict[str, str] = {}
    if rule.subject not in Subject.values:
        errors["subject"] = f"{rule.subject!r} is not one of {', '.join(Subject.values)}."
    elif rule.measure not in _MEASURES_OF[Subject(rule.subject)]:
        errors["measure"] = f"{rule.measure!r} is not a measure of {rule.get_subject_display()}."
    if rule.direction not in Direction.values:
        errors["direction"] = f"{rule.direction!r} is not one of {', '.join(Direction.values)}."
    if len(rule.name) > 120:
        errors["name"] = "A name has at most 120 characters."
    return errors | _number_errors(rule)


def _number_errors(rule: Rule) -> dict[str, str]:
    errors: dict[str, str] = {}
    threshold = rule.threshold
    if not threshold.is_finite() or not 0 < threshold < MAX_THRESHOLD:
        errors["threshold"] = "The line must be a number above 0."
    elif int(threshold.as_tuple().exponent) < -18:
        errors["threshold"] = "At most 18 decimals can be kept."
    elif rule.measure in _SHARES and threshold >= 1:
        what = Measure(rule.measure).label
        errors["threshold"] = f"{what} is a fraction below 1: write 0.08 for 8 %."
    elif rule.measure == Measure.SCORE and not 1 <= threshold <= 10:
        errors["threshold"] = "The score lies between 1 and 10."
    if not 0 <= rule.hysteresis <= MAX_HYSTERESIS:
        errors["hysteresis"] = "Between 0 and 0.5 (a fraction of the line)."
    if not timedelta(0) <= rule.cooldown <= MAX_COOLDOWN:
        errors["cooldown"] = "Between 0 and 7 days."
    return errors


def _point_at_subject(
    rule: Rule, owner: User, symbol: str | None, portfolio: int | None
) -> dict[str, str]:
    """Set the asset or the portfolio; the one that does not belong must be left out."""
    if rule.subject == Subject.PRICE:
        return _point_at_asset(rule, symbol, portfolio)
    if rule.subject == Subject.RISK:
        return _point_at_portfolio(rule, owner, symbol, portfolio)
    return {}


def _point_at_asset(rule: Rule, symbol: str | None, portfolio: int | None) -> dict[str, str]:
    if portfolio is not None:
        return {"portfolio": "A price rule is about an asset, not a portfolio."}
    if not symbol:
        return {"symbol": "Say which asset."}
    rule.asset = Asset.objects.filter(symbol=symbol.strip().upper()).first()
    return {} if rule.asset else {"symbol": f"There is no asset {symbol.strip().upper()}."}


def _point_at_portfolio(
    rule: Rule, owner: User, symbol: str | None, portfolio: int | None
) -> dict[str, str]:
    if symbol:
        return {"symbol": "A risk rule is about a portfolio, not an asset."}
    if portfolio is None:
        return {"portfolio": "Say which portfolio."}
    rule.portfolio = own_portfolios_for(owner).filter(pk=portfolio).first()
    return {} if rule.portfolio else {"portfolio": "You have no such portfolio."}


def _own_channels(owner: User, ids: Sequence[int]) -> list[Channel]:
    found = list(channels_for(owner).filter(pk__in=ids))
    if len(found) != len(set(ids)):
        raise ValidationError({"channels": "One of these is not a channel of yours."})
    return found


def update_rule(*, rule: Rule, **changes: Any) -> Rule:
    """Change any argument of `create_rule` but the owner. Another line starts from clear."""
    with transaction.atomic():
        stored = Rule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
        draft = draft_rule(owner=rule.owner, **_spec(stored) | _spec_changes(stored, changes))
        if any(getattr(draft, name) != getattr(stored, name) for name in _LINE):
            stored.state, stored.state_since = RuleState.OK, timezone.now()
            stored.last_fired_at = stored.last_value = stored.last_evaluated_at = None
        for name in (*_LINE, "name", "cooldown"):
            setattr(stored, name, getattr(draft, name))
        stored.enabled = changes.get("enabled", stored.enabled)
        stored.save()
        if changes.get("channels") is not None:
            stored.channels.set(_own_channels(rule.owner, changes["channels"]))
        transaction.on_commit(lambda: evaluate_rules([stored.pk]), robust=True)
    return stored


def _spec(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "subject": rule.subject,
        "measure": rule.measure,
        "symbol": rule.asset.symbol if rule.asset else None,
        "portfolio": rule.portfolio_id,
        "direction": rule.direction,
        "threshold": rule.threshold,
        "hysteresis": rule.hysteresis,
        "cooldown": rule.cooldown,
    }


def _spec_changes(stored: Rule, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes of the line; another subject takes its own pointer and measure and drops the old
    ones.
    """
    spec = {name: value for name, value in changes.items() if name not in ("enabled", "channels")}
    if spec.get("subject", stored.subject) != stored.subject:
        spec.setdefault("measure", None)
    if spec.get("subject") == Subject.PRICE:
        spec.setdefault("portfolio", None)
    if spec.get("subject") == Subject.RISK:
        spec.setdefault("symbol", None)
    return spec


def delete_rule(*, rule: Rule) -> None:
    """Remove a rule. Its events stay in the history, and what they owe is still sent."""
    rule.delete()
