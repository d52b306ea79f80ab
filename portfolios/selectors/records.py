"""What was disposed of, who changed what, and what was reckoned anew: doors to owned rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F, QuerySet

from portfolios.ledger.rules import rules_of
from portfolios.models import (
    Disposal,
    MatchRule,
    Portfolio,
    Recalculation,
    TransactionChange,
)
from portfolios.selectors.access import portfolios_for

if TYPE_CHECKING:
    from accounts.models import User


def disposals_for(user: User) -> QuerySet[Disposal]:
    """Pieces of lots that left, of all portfolios that the person may look at, each with its
    `disposed_at`. Moves between locations are none.
    """
    seen = portfolios_for(user).values("pk")
    rows = Disposal.objects.filter(transaction__portfolio__in=seen).exclude(rule=MatchRule.MOVED)
    return rows.select_related("transaction", "lot__asset").annotate(
        disposed_at=F("transaction__executed_at")
    )


def changes_for(user: User) -> QuerySet[TransactionChange]:
    """The history of all portfolios that the person may look at."""
    rows = TransactionChange.objects.filter(portfolio__in=portfolios_for(user).values("pk"))
    return rows.select_related("user", "portfolio", "undone_by")


def recalculations_for(user: User) -> QuerySet[Recalculation]:
    rows = Recalculation.objects.filter(portfolio__in=portfolios_for(user).values("pk"))
    return rows.select_related("portfolio", "user")


def tax_year_of(portfolio: Portfolio, year: int) -> tuple[datetime, datetime]:
    """When the tax year that starts in the calendar year `year` begins, and when the next does."""
    rules = rules_of(portfolio)
    return rules.start_of(year), rules.start_of(year + 1)
