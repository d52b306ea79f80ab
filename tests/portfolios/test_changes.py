"""Who changed what: history, undo, two people at one transaction, and a whole import taken back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from portfolios import services
from portfolios.models import (
    Holding,
    ImportJob,
    ImportState,
    Portfolio,
    Transaction,
    TransactionChange,
)
from tests.portfolios.conftest import Add, noon

pytestmark = pytest.mark.django_db
D = Decimal


def held(symbol: str = "BTC") -> Decimal:
    return Holding.objects.get(asset__symbol=symbol).quantity


def newest() -> TransactionChange:
    return TransactionChange.objects.latest("pk")


def test_every_write_is_written_down(add: Add, owner: User, mate: User) -> None:
    row = add("buy", "1", "BTC", 10, price="100", user=owner)
    services.edit_transaction(transaction=row, user=mate, price="120")
    services.edit_transaction(transaction=row, user=mate, price="120.0")  # nothing new
    services.delete_transaction(transaction=row, user=owner)
    found = [
        (c.action, c.user, (c.before or {}).get("price"), (c.after or {}).get("price"))
        for c in TransactionChange.objects.order_by("pk")
    ]
    assert found == [
        ("add", owner, None, "100"),
        ("edit", mate, "100", "120"),
        ("delete", owner, "120", None),
    ]


def test_undo_of_each_kind_and_undo_of_an_undo(add: Add, owner: User) -> None:
    row = add("buy", "1", "BTC", 10, price="100")
    services.edit_transaction(transaction=row, quantity="2")
    services.undo_change(change=newest(), user=owner)
    assert held() == 1
    services.undo_change(change=newest(), user=owner)
    assert held() == 2
    services.delete_transaction(transaction=row)
    back = services.undo_change(change=newest(), user=owner)
    assert (held(), back.transaction_id) == (D(2), row.pk)
    with pytest.raises(ValidationError, match="undone already"):
        services.undo_change(change=TransactionChange.objects.get(undone_by=back), user=owner)


def test_undo_is_refused_where_something_stands_on_it(add: Add, owner: User) -> None:
    add("buy", "1", "BTC", 10, price="100")
    bought = newest()
    row = add("sell", "1", "BTC", 5, price="100")
    with pytest.raises(ValidationError, match="Then this would be impossible: the sell of 1 BTC"):
        services.undo_change(change=bought, user=owner)
    sold = newest()
    services.edit_transaction(transaction=row, user=owner, quantity="0.5")
    with pytest.raises(ValidationError, match="changed again since, by owner"):
        services.undo_change(change=sold, user=owner)


def test_the_second_of_two_editors_is_told_who_was_first(add: Add, owner: User, mate: User) -> None:
    row = add("buy", "1", "BTC", 10, price="100")
    seen = row.updated_at
    services.edit_transaction(transaction=row, user=mate, price="110", expected_updated_at=seen)
    with pytest.raises(ValidationError) as error:
        services.edit_transaction(transaction=row, user=owner, note="x", expected_updated_at=seen)
    assert mate.email in error.value.message_dict["expected_updated_at"][0]
    with pytest.raises(ValidationError):
        services.delete_transaction(transaction=row, expected_updated_at=seen)


def contents(count: int = 3, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "type": "buy",
            "symbol": "BTC",
            "quantity": "1",
            "price": "100",
            "executed_at": noon(50 - n),
            **more,
        }
        for n in range(count)
    ]


def test_an_import_is_taken_back_as_one(portfolio: Portfolio, owner: User, add: Add) -> None:
    add("buy", "5", "BTC", 60, price="1")
    job = ImportJob.objects.create(portfolio=portfolio, user=owner, filename="a.csv")
    rows = services.add_transactions(portfolio=portfolio, rows=contents(), user=owner, job=job)
    assert [row.import_job_id for row in rows] == [job.pk] * 3
    assert not TransactionChange.objects.filter(action="add", user=owner).exists()  # the job tells
    edited = services.edit_transaction(transaction=rows[1], user=owner, quantity="2")
    with pytest.raises(ValidationError, match="undo that change first"):
        services.undo_import(job=job, user=owner)
    services.edit_transaction(transaction=edited, quantity="1")
    assert services.undo_import(job=job, user=owner) == 3
    job.refresh_from_db()
    assert (job.state, held(), Transaction.objects.count()) == (ImportState.UNDONE, D(5), 1)
    gone = TransactionChange.objects.filter(action="delete").latest("pk")
    services.undo_change(change=gone, user=owner)
    assert held() == 6


def test_a_sale_of_imported_units_keeps_the_import(
    portfolio: Portfolio, owner: User, add: Add
) -> None:
    job = ImportJob.objects.create(portfolio=portfolio, user=owner, filename="a.csv")
    services.add_transactions(portfolio=portfolio, rows=contents(), job=job)
    add("sell", "3", "BTC", 5, price="100")
    with pytest.raises(ValidationError, match="would be impossible: the sell of 3 BTC"):
        services.undo_import(job=job, user=owner)
    assert Transaction.objects.count() == 4


def test_complaints_about_many_rows_are_data(portfolio: Portfolio) -> None:
    rows = [*contents(1), *contents(2, type="sell", symbol="ETH"), *contents(1, fee="-1")]
    with pytest.raises(services.RowsError) as error:
        services.add_transactions(portfolio=portfolio, rows=rows)
    assert error.value.rows == [(3, "fee", "Must not be negative.")]
    with pytest.raises(services.RowsError) as error:
        services.add_transactions(portfolio=portfolio, rows=rows[:3])
    place, field, text = error.value.rows[0]
    assert (place, field) == (1, "quantity")
    assert "Only 0 ETH is held" in text
    assert error.value.message_dict["rows"][0].startswith("row 2, quantity: ")


def test_unmatched_units_have_no_basis_and_say_so(add: Add, portfolio: Portfolio) -> None:
    add("sell", "2", "BTC", 10, price="100", unmatched=True)
    lot = portfolio.lots.get()
    assert (lot.quantity, lot.remaining, lot.cost, lot.basis_missing) == (D(2), D(0), D(0), True)
    assert Holding.objects.get().realised == 200
    add("buy", "3", "BTC", 20, price="50")
    assert Holding.objects.get().realised == 100
    assert not portfolio.lots.filter(basis_missing=True).exists()


def test_history_over_rest(
    client: Client, owner: User, mate: User, add: Add, portfolio: Portfolio
) -> None:
    row = add("buy", "1", "BTC", 10, price="100", user=owner)
    client.force_login(owner)
    url = f"/api/portfolios/{portfolio.pk}"
    stale = (row.updated_at - timedelta(seconds=1)).isoformat()
    body = {"price": "90", "expected_updated_at": stale}
    refused = client.patch(f"{url}/transactions/{row.pk}", body, "application/json")
    assert refused.status_code == 400
    assert "changed meanwhile by owner" in str(refused.json())
    body = {"price": "90", "expected_updated_at": row.updated_at.isoformat()}
    assert client.patch(f"{url}/transactions/{row.pk}", body, "application/json").status_code == 200
    found = client.get(f"{url}/changes", {"transaction": row.pk}).json()["results"]
    assert [(c["action"], c["user"]) for c in found] == [
        ("edit", owner.email),
        ("add", owner.email),
    ]
    answer = client.post(f"{url}/changes/{found[0]['id']}/undo")
    assert (answer.status_code, answer.json()["after"]["price"]) == (200, "100")
    assert client.post(f"{url}/changes/{found[0]['id']}/undo").status_code == 400
    client.force_login(mate)
    assert client.get(f"{url}/changes").status_code == 404
    assert client.post(f"{url}/changes/{found[0]['id']}/undo").status_code == 404
