"""A fee in money above what a sale brings or a swap is worth is refused at `fee`."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from rest_framework.test import APIClient

from markets.services import ensure_asset
from portfolios import services
from portfolios.models import Portfolio, Transaction
from portfolios.services.adding import RowsError
from tests.portfolios.conftest import Add, noon

SWAP = {"to_symbol": "ETH", "to_quantity": "1"}  # worth 2990 ten days ago
WORTH = "The fee is more than the swap is worth."
BRINGS = "The fee is more than the sale brings."


@pytest.fixture(autouse=True)
def _held(add: Add) -> None:
    add("buy", "2", "BTC", 20, price="49800")


def refused(error: ValidationError) -> dict[str, list[str]]:
    return error.message_dict


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({**SWAP, "price": "30000", "fee": "3000.01"}, WORTH),  # said: 0.1 x 30000
        ({**SWAP, "fee": "2990.01"}, WORTH),  # the day's mark
        ({**SWAP, "fee": "2718.19", "fee_symbol": "EUR"}, WORTH),  # 2990.009 dollars
    ],
)
def test_of_a_swap(content: dict[str, Any], words: str, add: Add, portfolio: Portfolio) -> None:
    with pytest.raises(ValidationError) as caught:
        add("swap", "0.1", "BTC", 10, **content)
    assert refused(caught.value) == {"fee": [words]}
    assert portfolio.transactions.count() == 1


def test_of_a_sale_in_other_money(add: Add) -> None:
    with pytest.raises(ValidationError) as caught:
        add("sell", "0.1", "BTC", 10, price="11000", fee="1000.01", fee_symbol="EUR")
    assert refused(caught.value) == {"fee": [BRINGS]}


@pytest.mark.parametrize(
    "fee", [{"fee": "2990"}, {"fee": "2718.18", "fee_symbol": "EUR"}, {"fee": "0"}]
)
def test_as_much_as_it_is_worth_is_allowed(fee: dict[str, str], add: Add) -> None:
    assert add("swap", "0.1", "BTC", 10, **SWAP, **fee).pk


def test_units_of_another_asset_are_no_money(add: Add) -> None:
    add("buy", "100", "BNB", 20, price="500")
    assert add("swap", "0.1", "BTC", 10, **SWAP, fee="100", fee_symbol="BNB").pk


def test_through_the_api_and_of_an_edit(add: Add, portfolio: Portfolio) -> None:
    row = add("swap", "0.1", "BTC", 10, **SWAP, fee="1")
    client = APIClient()
    client.force_authenticate(portfolio.owner)
    path = f"/api/portfolios/{portfolio.pk}/transactions/{row.pk}"
    answer = client.patch(path, {"fee": "5000"}, format="json")
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"] == {"fee": [WORTH]}
    assert Transaction.objects.get(pk=row.pk).fee == 1


def test_of_many_rows_each_is_named(portfolio: Portfolio) -> None:
    row = {"type": "swap", "symbol": "BTC", "quantity": "0.1", **SWAP, "executed_at": noon(10)}
    rows = [{**row, "fee": fee} for fee in ("1", "3000", "2", "4000")]
    with pytest.raises(RowsError) as caught:
        services.add_transactions(portfolio=portfolio, rows=rows)
    assert caught.value.rows == [(1, "fee", WORTH), (3, "fee", WORTH)]
    assert portfolio.transactions.count() == 1


def test_the_preview_of_a_file_says_it(portfolio: Portfolio) -> None:
    ensure_asset("USD")
    head = (
        "type,symbol,quantity,to_symbol,to_quantity,currency,fee,executed_at,external_id,unmatched"
    )
    line = "swap,BTC,0.1,ETH,1,USD,{},{:%Y-%m-%dT%H:%M:%SZ},{},"
    lines = [line.format(fee, noon(10), name) for fee, name in (("3000", "a"), ("1", "b"))]
    file = io.BytesIO("\n".join([head, *lines]).encode())
    job = services.start_import(
        portfolio=portfolio, user=portfolio.owner, file=file, filename="swaps.csv"
    )
    services.read_import(job.pk)
    rows = list(job.lines.order_by("line").values_list("verdict", "errors"))
    assert [verdict for verdict, _ in rows] == ["wrong", "new"]
    assert WORTH in str(rows[0][1])


def test_what_stands_in_the_ledger_stops_no_other_edit(add: Add, portfolio: Portfolio) -> None:
    """Its worth may have been another one where prices came from then."""
    row = add("swap", "0.1", "BTC", 10, **SWAP, fee="1")
    Transaction.objects.filter(pk=row.pk).update(fee="5000")
    assert add("buy", "1", "BTC", 15, price="49850").pk
