"""Holding a portfolio still while it changes, and telling the rest of the house that it did."""

from __future__ import annotations

from datetime import date
from functools import partial

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from portfolios import broadcast
from portfolios.models import Portfolio

log = structlog.get_logger(__name__)


def locked(portfolio: Portfolio) -> Portfolio:
    """The row under FOR UPDATE until the transaction ends: two editors take turns."""
    rows = Portfolio.objects.select_for_update(of=("self",)).select_related("venue")
    return rows.get(pk=portfolio.pk)


def touch(portfolio: Portfolio, day: date | None) -> None:
    """Note that figures from `day` on are wrong (None: no daily value is), and tell on commit.

    The row is the queue: a cycle that never comes leaves it stale, and the next one finds it.
    """
    changes = {"stale_since": timezone.now(), "revision": F("revision") + 1}
    if day is not None:
        changes["touched_from"] = Least(F("touched_from"), day)  # PostgreSQL's LEAST ignores null
    Portfolio.objects.filter(pk=portfolio.pk).update(**changes)
    transaction.on_commit(partial(announce, portfolio.pk))


def announce(portfolio_id: int) -> None:
    """Send the new figures to open pages and ask for a cycle.

    The edit is stored already. When Valkey is away the page hears of it from the next cycle.
    """
    try:
        broadcast.portfolio_update([portfolio_id])
        current_app.send_task(
            settings.CYCLE_TASK,
            kwargs={"portfolio_ids": [portfolio_id]},
            queue="pipeline",
            ignore_result=True,
        )
    except (RedisError, OperationalError, OSError) as error:
        log.warning("edit_not_announced", portfolio=portfolio_id, reason=str(error))
