"""The order in which data climbs, written down once.

tick  -> `manage.py stream` stores it with its bars and asks for a cycle
cycle -> price rules on what moved
         revalue the portfolios that hold it, or whose ledger was edited
         recompute their risk
         limits on the new figures
         risk rules on the new figures
alert -> a flip writes an event; the event's deliveries are their own queue

Each step takes ids, returns ids and may be repeated; the cursor moves last, so a cycle that
was killed is run again by the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

import alerts.services
import portfolios.services
import risk.services
from config.models import Cursor
from markets.models import LastPrice
from portfolios.models import Holding, Portfolio
from risk.models import RiskSnapshot

#: Prices move every second; a portfolio's risk is looked at again after this while they do.
RISK_EVERY = timedelta(seconds=10)
#: One writer at a time; the number only has to differ from other advisory locks.
_CYCLE_LOCK = 0x506C696D


def run_cycle(portfolio_ids: Iterable[int] | None = None) -> list[int]:
    """Brings figures up to date: of the named portfolios, or of all that prices or edits moved.

    Returns the ids of the portfolios that were recomputed.
    """
    if portfolio_ids is not None:
        return recompute(list(portfolio_ids), also_risk=True)
    with _only_one() as mine:
        return _run_moved() if mine else []


def recompute(portfolio_ids: list[int], *, also_risk: bool) -> list[int]:
    """Revalue, then risk, then the rules on it."""
    valued = portfolios.services.revalue(portfolio_ids)
    due = valued if also_risk else _risk_due(valued)
    if due:
        risk.services.recompute(due)
        risk.services.evaluate_limits(due)
        alerts.services.evaluate_risk(due)
    return valued


def _run_moved() -> list[int]:
    cursor, _ = Cursor.objects.get_or_create(name="prices")
    cursor.started_at = timezone.now()
    portfolios.services.take_up_recalculations()
    until, moved = _moved_since(cursor.position)
    if moved:
        alerts.services.evaluate_prices(moved)
    edited = set(Portfolio.objects.stale().values_list("pk", flat=True)) | _unmeasured()
    done = recompute(sorted(edited), also_risk=True) if edited else []
    if holders := sorted(_holders(moved) - edited):
        done += recompute(holders, also_risk=False)
    cursor.position, cursor.finished_at = until, timezone.now()
    cursor.cycles += 1
    cursor.save()
    return done


def _moved_since(position: datetime | None) -> tuple[datetime | None, set[str]]:
    """Symbols with a newer stored price, and the newest of their times of storing."""
    rows = LastPrice.objects.select_related("market__base")
    if position is not None:
        rows = rows.filter(updated_at__gt=position)
    found = [(row.updated_at, row.market.base.symbol) for row in rows]
    return max((at for at, _ in found), default=position), {symbol for _, symbol in found}


def _unmeasured() -> set[int]:
    """Portfolios whose newest ledger no risk figure was computed from: a worker that was killed
    between the steps left them valued, but not measured.
    """
    measured = RiskSnapshot.objects.filter(
        portfolio=OuterRef("pk"), revision__gte=OuterRef("revision")
    )
    return set(Portfolio.objects.exclude(Exists(measured)).values_list("pk", flat=True))


def _holders(symbols: set[str]) -> set[int]:
    held = Holding.objects.filter(asset__symbol__in=symbols, quantity__gt=0)
    return set(held.values_list("portfolio_id", flat=True))


def _risk_due(portfolio_ids: list[int]) -> list[int]:
    """Those not looked at within RISK_EVERY; asking claims the turn."""
    seconds = int(RISK_EVERY.total_seconds())
    return [pk for pk in portfolio_ids if cache.add(f"risk:looked-at:{pk}", 1, timeout=seconds)]


@contextmanager
def _only_one() -> Iterator[bool]:
    """A session lock of PostgreSQL: gone with the process that held it, however it ended."""
    with connection.cursor() as sql:
        sql.execute("SELECT pg_try_advisory_lock(%s)", [_CYCLE_LOCK])
        mine = bool(sql.fetchone()[0])
        try:
            yield mine
        finally:
            if mine:
                sql.execute("SELECT pg_advisory_unlock(%s)", [_CYCLE_LOCK])
