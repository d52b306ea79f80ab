"""Snapshots of the risk answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from portfolios.models import Portfolio
from risk.broadcast import risk_update
from risk.models import RiskSnapshot
from risk.selectors import Answer, risk_answer

#: A figure that moved by more than this, relatively, is worth a new snapshot at once.
MOVED = 0.01
#: Otherwise one every so often.
OLD = timedelta(minutes=5)
#: Every snapshot is kept so long; after that the last one of each UTC day.
KEPT_WHOLE = timedelta(days=2)


def recompute(portfolio_ids: Iterable[int]) -> list[int]:
    """Measure these portfolios and store and broadcast what is new; the ids that were measured.

    Idempotent: a figure that has not moved is not stored again within five minutes.
    """
    done = []
    for portfolio in Portfolio.objects.filter(pk__in=list(portfolio_ids)).select_related("venue"):
        _snap(portfolio)
        done.append(portfolio.pk)
    return done


def _snap(portfolio: Portfolio) -> RiskSnapshot | None:
    """Store and push the answer, if it is news and nobody edited the ledger meanwhile: an edit
    asks for its own turn, and what was measured before it must not be told after it.
    """
    answer = risk_answer(portfolio)
    if not _is_news(_before(portfolio), portfolio.revision, answer):
        return None
    with transaction.atomic():
        held = Portfolio.objects.select_for_update(no_key=True).filter(pk=portfolio.pk)
        if held.values_list("revision", flat=True).first() != portfolio.revision:
            return None
        if not _is_news(_before(portfolio), portfolio.revision, answer):
            return None  # another worker was faster
        snapshot = RiskSnapshot.objects.create(**snapshot_fields(portfolio, answer))
        transaction.on_commit(lambda: risk_update(snapshot, portfolio.owner_id), robust=True)
    return snapshot


def _before(portfolio: Portfolio) -> RiskSnapshot | None:
    """The newest snapshot without its answer: ten kilobytes that nothing here looks at."""
    return portfolio.risk_snapshots.defer("answer").first()


def _is_news(before: RiskSnapshot | None, revision: int, answer: Answer) -> bool:
    """Whether an answer says something that the last snapshot did not."""
    return (
        before is None
        or before.revision != revision
        or datetime.now(UTC) - before.as_of >= OLD
        or _moved(before.score, answer["score"])
        or _moved(before.var, _fraction(answer, "var"))
    )


def _moved(before: float | None, now: float | None) -> bool:
    if before is None or now is None:
        return before is not now
    return abs(now - before) > MOVED * max(abs(before), 1e-9)


def _fraction(answer: Answer, name: str) -> float | None:
    loss = answer["var"]["historical"] if name == "var" else answer[name]
    return None if loss is None else float(loss["fraction"])


def snapshot_fields(portfolio: Portfolio, answer: Answer) -> dict[str, object]:
    """The columns of an answer, and itself."""
    return {
        "portfolio": portfolio,
        "as_of": datetime.fromisoformat(answer["as_of"]),
        "revision": portfolio.revision,
        "window_days": answer["window_days"],
        "observations": answer["observations"],
        "value": None if answer["value"] is None else Decimal(answer["value"]),
        "score": answer["score"],
        "level": answer["level"] or "",
        "volatility": answer["volatility"],
        "var": _fraction(answer, "var"),
        "cvar": _fraction(answer, "cvar"),
        "max_drawdown": answer["max_drawdown"],
        "answer": answer,
    }


def backfill_snapshots(portfolio: Portfolio, days: int) -> int:
    """One snapshot at the end of each of the last `days` closed UTC days that has none, as the
    figures stood then; how many were made. Days on which nothing was held are passed over.
    """
    today = datetime.now(UTC).date()
    wanted = [today - timedelta(days=back) for back in range(days, 0, -1)]
    have = set(
        portfolio.risk_snapshots.filter(
            as_of__date__gte=wanted[0] if wanted else today
        ).values_list("as_of__date", flat=True)
    )
    return sum(_backfill(portfolio, day) for day in wanted if day not in have)


def _backfill(portfolio: Portfolio, day: date) -> bool:
    answer = risk_answer(portfolio, as_of=day)
    if not answer["contributions"]:
        return False
    RiskSnapshot.objects.create(**snapshot_fields(portfolio, answer))
    return True


def thin_snapshots(now: datetime | None = None) -> int:
    """Delete all but the last snapshot of each UTC day older than two days; how many went."""
    old = RiskSnapshot.objects.filter(as_of__lt=(now or datetime.now(UTC)) - KEPT_WHOLE)
    last = (
        old.order_by("portfolio_id", "as_of__date", "-as_of", "-id")
        .distinct("portfolio_id", "as_of__date")
        .values("pk")
    )
    return old.exclude(pk__in=last).delete()[0]
