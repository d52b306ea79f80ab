"""Limits are made, changed, judged and removed here; every refusal names its field."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from markets.models import Asset
from portfolios.selectors import own_portfolios_for
from risk import limits as pure
from risk.limits import Measure, Reading
from risk.models import Breach, Limit, RiskSnapshot
from risk.models.limits import LimitQuerySet
from risk.parameters import parameters
from risk.selectors import Answer
from risk.selectors.limits import readings_for

if TYPE_CHECKING:
    from accounts.models import User

#: A breach that comes back so soon is the same one: a value that trembles on its line is one
#: entry of the history, not hundreds.
SAME_BREACH = timedelta(minutes=10)
MOST = 100
#: Limits whose answers are held in memory together.
AT_ONCE = 100
#: A change of these makes it another line.
_LINE = ("measure", "threshold", "confidence", "horizon", "asset_id", "portfolio_id")
_TOP = 5


def create_limit(
    *,
    owner: User,
    measure: str,
    threshold: float,
    portfolio: int | None = None,
    symbol: str | None = None,
    confidence: float = 0.95,
    horizon: int = 1,
    name: str = "",
    enabled: bool = True,
) -> Limit:
    """Draw a line (`portfolio` is an id; None: all together); it is judged at once.

    ValidationError with every bad field.
    """
    if Limit.objects.filter(owner=owner).count() >= MOST:
        raise ValidationError({"measure": [f"A person has at most {MOST} limits."]})
    limit = _drafted(
        owner,
        measure=measure,
        threshold=threshold,
        portfolio=portfolio,
        symbol=symbol,
        confidence=confidence,
        horizon=horizon,
        name=name,
    )
    limit.enabled = enabled
    with transaction.atomic():
        limit.save()
    judge([limit.pk])
    limit.refresh_from_db()
    return limit


def update_limit(*, limit: Limit, **changes: Any) -> Limit:
    """Change any argument of `create_limit` but the owner. Another line, or a paused one, ends an
    open breach.
    """
    with transaction.atomic():
        stored = Limit.objects.select_for_update(of=("self",)).get(pk=limit.pk)
        enabled = changes.pop("enabled", stored.enabled)
        draft = _drafted(stored.owner, **_spec(stored) | changes)
        is_another = any(getattr(draft, name) != getattr(stored, name) for name in _LINE)
        for field in (*_LINE, "name"):
            setattr(stored, field, getattr(draft, field))
        stored.enabled = enabled
        if is_another or not enabled:
            stored.breaches.filter(closed_at=None).update(closed_at=timezone.now())
            stored.value, stored.missing, stored.measured_at = None, "", None
        stored.save()
    judge([stored.pk])
    return Limit.objects.get(pk=stored.pk)


def delete_limit(*, limit: Limit) -> None:
    """Remove a limit and its history of breaches."""
    limit.delete()


def _spec(limit: Limit) -> dict[str, Any]:
    return {
        "measure": limit.measure,
        "threshold": limit.threshold,
        "portfolio": limit.portfolio_id,
        "symbol": limit.asset.symbol if limit.asset else None,
        "confidence": limit.confidence,
        "horizon": limit.horizon,
        "name": limit.name,
    }


def _drafted(
    owner: User,
    *,
    measure: str,
    threshold: float,
    portfolio: int | None,
    symbol: str | None,
    confidence: float,
    horizon: int,
    name: str,
) -> Limit:
    """A valid limit that is not stored, or a ValidationError with every bad field."""
    limit = Limit(
        owner=owner,
        measure=measure,
        threshold=threshold,
        confidence=confidence,
        horizon=horizon,
        name=" ".join(name.split()),
    )
    errors = _line_errors(limit) | _tail_errors(limit) | _point(limit, owner, portfolio, symbol)
    if len(limit.name) > 120:
        errors["name"] = ["A name has at most 120 characters."]
    if errors:
        raise ValidationError(errors)
    return limit


def _line_errors(limit: Limit) -> dict[str, list[str]]:
    if limit.measure not in set(Measure):
        return {"measure": [f"{limit.measure!r} is not one of {', '.join(Measure)}."]}
    if not math.isfinite(limit.threshold) or limit.threshold <= 0:
        return {"threshold": ["The line must be a number above 0."]}
    if limit.measure in pure.SHARES and limit.threshold >= 1:
        return {"threshold": ["A share is a fraction below 1: write 0.08 for 8 %."]}
    if limit.threshold > pure.HIGHEST[limit.line.unit]:
        return {"threshold": ["So high a line would never be crossed."]}
    return {}


def _tail_errors(limit: Limit) -> dict[str, list[str]]:
    """The ranges of a question about risk are those of a limit."""
    try:
        parameters(window=365, confidence=limit.confidence, horizon=limit.horizon, as_of=None)
    except ValidationError as error:
        return error.message_dict
    return {}


def _point(
    limit: Limit, owner: User, portfolio: int | None, symbol: str | None
) -> dict[str, list[str]]:
    """Set the portfolio and the asset."""
    errors = {}
    if portfolio is not None:
        limit.portfolio = own_portfolios_for(owner).filter(pk=portfolio).first()
        if limit.portfolio is None:
            errors["portfolio"] = ["You have no such portfolio."]
    if symbol:
        limit.asset = Asset.objects.filter(symbol=symbol.strip().upper()).first()
        if limit.asset is None:
            errors["symbol"] = [f"There is no asset {symbol.strip().upper()}."]
        elif limit.measure not in {one.value for one in pure.OF_ASSET}:
            errors["symbol"] = ["Only a share of value or of risk can be of one asset."]
    return errors


def evaluate_limits(portfolio_ids: Iterable[int] | None) -> list[int]:
    """Judge the limits of these portfolios (None: of all), and of all portfolios of their owners
    together; ids of the breaches that opened or closed. Idempotent.
    """
    chosen = LimitQuerySet(Limit).enabled()
    if portfolio_ids is not None:
        chosen = chosen.touching(list(portfolio_ids))
    ids = list(chosen.order_by("owner_id", "portfolio_id").values_list("pk", flat=True))
    parts = (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
    return [pk for part in parts for pk in judge(part)]


def judge(limit_ids: Iterable[int]) -> list[int]:
    """Measure these limits now, and open or close their breaches; ids of what flipped."""
    chosen = LimitQuerySet(Limit).enabled().filter(pk__in=list(limit_ids))
    limits = list(chosen.select_related("portfolio__venue", "asset", "owner"))
    began = timezone.now()
    readings = readings_for(limits)
    flipped = [_judge(limit, *readings[limit.pk], began) for limit in limits]
    return [pk for pk in flipped if pk is not None]


def _judge(measured: Limit, reading: Reading, answer: Answer, began: datetime) -> int | None:
    """Write one reading under the limit's lock; the breach that it opened or closed.

    Whoever measured before what is stored now, or measured another line, writes nothing.
    """
    with transaction.atomic():
        limit = LimitQuerySet(Limit).select_for_update().filter(pk=measured.pk).first()
        if limit is None or not limit.enabled or _is_outdated(limit, measured, began):
            return None
        limit.value, limit.missing, limit.measured_at = reading.value, reading.missing, began
        limit.save(update_fields=["value", "missing", "measured_at"])
        if reading.value is None:
            return None  # nothing is known: what was open stays open
        return _flip(limit, measured.line, reading.value, answer)


def _is_outdated(stored: Limit, measured: Limit, began: datetime) -> bool:
    if any(getattr(stored, name) != getattr(measured, name) for name in _LINE):
        return True
    return stored.measured_at is not None and stored.measured_at > began


def _flip(limit: Limit, line: pure.Line, value: float, answer: Answer) -> int | None:
    now = timezone.now()
    breach = limit.breaches.filter(closed_at=None).first()
    if not line.breached_by(value):
        if breach is None:
            return None
        breach.closed_at = now
        breach.save(update_fields=["closed_at"])
        return breach.pk
    if breach is None:
        return _open(limit, line, value, answer, now).pk
    if line.worse(breach.worst_value, value) != breach.worst_value:
        breach.worst_value, breach.worst_at = value, now
        breach.save(update_fields=["worst_value", "worst_at"])
    return None


def _open(limit: Limit, line: pure.Line, value: float, answer: Answer, now: datetime) -> Breach:
    """A new row, or the last one again if it closed a moment ago under the same line."""
    last = limit.breaches.filter(
        closed_at__gt=now - SAME_BREACH,
        threshold=limit.threshold,
        evidence__line=_line_evidence(line),
    ).first()
    if last is not None:
        last.closed_at = None
        last.worst_value = line.worse(last.worst_value, value)
        last.save(update_fields=["closed_at", "worst_value"])
        return last
    return Breach.objects.create(
        limit=limit,
        threshold=limit.threshold,
        opened_at=now,
        worst_at=now,
        value_at_open=value,
        worst_value=value,
        snapshot=_snapshot(limit),
        evidence={"line": _line_evidence(line), **_evidence(answer)},
    )


def _snapshot(limit: Limit) -> RiskSnapshot | None:
    return RiskSnapshot.objects.filter(portfolio=limit.portfolio_id).first()


def _line_evidence(line: pure.Line) -> dict[str, Any]:
    return {
        "measure": str(line.measure),
        "confidence": line.confidence,
        "horizon_days": line.horizon,
        "symbol": line.asset,
    }


def _evidence(answer: Answer) -> dict[str, Any]:
    """What the judgement rested on, so that a breach can be checked by hand."""
    names = ("as_of", "window_days", "observations", "value", "base_currency", "last_day")
    return {name: answer[name] for name in names} | {
        "largest": [
            {name: part[name] for name in ("symbol", "weight", "risk_share")}
            for part in answer["contributions"][:_TOP]
        ]
    }
