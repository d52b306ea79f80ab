"""Random ledgers with edits and deletions: what is stored is what a replay from scratch stores."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction as database
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from markets.models import Venue
from portfolios import ledger, services
from portfolios.models import (
    BasisElection,
    BasisMethod,
    BasisScope,
    Disposal,
    Holding,
    Lot,
    Portfolio,
    Transaction,
)

pytestmark = pytest.mark.django_db
D = Decimal
START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=90)
PLACES = ["", "Kraken", "Cold"]
KINDS = ["buy"] * 4 + [
    "sell",
    "sell",
    "transfer",
    "transfer",
    "deposit",
    "withdrawal",
    "reward",
    "swap",
    "gift_in",
    "gift_out",
    "lost",
    "fee",
]

contents = st.fixed_dictionaries(
    {
        "type": st.sampled_from(KINDS),
        "symbol": st.sampled_from(["BTC", "ETH"]),
        "quantity": st.decimals("0.01", "3", places=3),
        "price": st.decimals("1", "900", places=2),
        "fee": st.sampled_from([D(0), D("0.01")]),
        "executed_at": st.builds(
            lambda days, hours: START + timedelta(days=days, hours=hours),
            st.integers(0, 80),
            st.sampled_from([0, 0, 9, 20]),
        ),
        "location": st.sampled_from(PLACES),
        "unmatched": st.sampled_from([False, False, False, True]),
    }
)
steps = st.one_of(
    st.tuples(st.just("add"), contents, st.just(0)),
    st.tuples(st.just("add"), contents, st.just(0)),
    st.tuples(st.just("edit"), contents, st.integers(0, 20)),
    st.tuples(st.just("delete"), st.none(), st.integers(0, 20)),
    st.tuples(st.just("undo"), st.none(), st.integers(0, 20)),
)
rules = st.tuples(
    st.sampled_from(BasisMethod.values),
    st.sampled_from(BasisScope.values),
    st.dictionaries(
        st.integers(START.year - 1, START.year), st.sampled_from(BasisMethod.values), max_size=1
    ),
    st.sampled_from(["01-01", f"{START.month:02d}-15"]),
)


def stored(portfolio: Portfolio) -> tuple[list[Any], ...]:
    """Everything that a replay writes, but for the ids of its rows."""
    lots = Lot.objects.filter(portfolio=portfolio).annotate(came_from=F("source__opened_by"))
    pieces = Disposal.objects.filter(lot__portfolio=portfolio)
    names = (
        "opened_by asset acquired_at quantity remaining cost basis fee basis_assumed"
        " basis_missing location came_from moved_by"
    )
    parts = (
        "transaction lot__opened_by lot__asset lot__location quantity basis proceeds gain"
        " realised fee rule"
    )
    totals = "asset quantity cost realised rewards fees"
    return (
        sorted(lots.values_list(*names.split()), key=str),
        sorted(pieces.values_list(*parts.split()), key=str),
        list(
            Holding.objects.filter(portfolio=portfolio)
            .order_by("asset")
            .values_list(*totals.split())
        ),
    )


def check_sums(portfolio: Portfolio) -> None:
    """Σ remaining = quantity held, Σ basis = cost, Σ gain = realised; units are never made."""
    for held in Holding.objects.filter(portfolio=portfolio):
        lots = Lot.objects.filter(portfolio=portfolio, asset=held.asset_id)
        sums = lots.aggregate(units=Sum("remaining"), basis=Sum("basis"))
        assert (held.quantity, held.cost) == (sums["units"], sums["basis"])
        pieces = Disposal.objects.filter(lot__portfolio=portfolio, lot__asset=held.asset_id)
        assert held.realised == (pieces.aggregate(gain=Sum("gain"))["gain"] or 0)
    for piece in Disposal.objects.filter(lot__portfolio=portfolio, realised=True):
        assert piece.gain == piece.proceeds - piece.basis


def prepared(owner: User, chosen: tuple[str, str, dict[int, str], str]) -> Portfolio:
    method, scope, elections, tax_year_start = chosen
    portfolio = services.create_portfolio(owner=owner, name="Random")
    Portfolio.objects.filter(pk=portfolio.pk).update(
        basis_method=method, basis_scope=scope, tax_year_start=tax_year_start
    )
    BasisElection.objects.bulk_create(
        BasisElection(portfolio=portfolio, tax_year=year, method=each)
        for year, each in elections.items()
    )
    portfolio.refresh_from_db()
    return portfolio


def completed(content: dict[str, Any]) -> dict[str, Any]:
    if content["type"] == "transfer":
        here = content["location"]
        return {**content, "to_location": "Vault" if here == "Cold" else "Cold"}
    if content["type"] == "swap":
        other = "ETH" if content["symbol"] == "BTC" else "BTC"
        return {**content, "to_symbol": other, "to_quantity": D("0.5")}
    return content


def do(portfolio: Portfolio, step: tuple[str, Any, int]) -> None:
    """One step; one that the ledger refuses changes nothing."""
    what, content, number = step
    rows = list(Transaction.objects.filter(portfolio=portfolio).order_by("pk"))
    changes = list(portfolio.changes.filter(undone_by=None))
    with contextlib.suppress(ValidationError), database.atomic():
        if what == "add":
            services.add_transaction(portfolio=portfolio, **completed(content))
        elif what == "undo" and changes:
            services.undo_change(change=changes[number % len(changes)], user=None)
        elif what == "edit" and rows:
            row = rows[number % len(rows)]
            services.edit_transaction(transaction=row, **completed(content))
        elif what == "delete" and rows:
            services.delete_transaction(transaction=rows[number % len(rows)])


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(chosen=rules, taken=st.lists(steps, min_size=3, max_size=12))
def test_incremental_is_the_same_as_from_scratch(
    owner: User, venue: Venue, chosen: Any, taken: list[Any]
) -> None:
    with database.atomic():
        portfolio = prepared(owner, chosen)
        for step in taken:
            do(portfolio, step)
        check_sums(portfolio)
        before = stored(portfolio)
        ledger.rebuild_all(portfolio)
        assert stored(portfolio) == before
        database.set_rollback(True)
