"""What looks wrong is found, mended with one POST, and a mend can be undone."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from markets.services import ensure_asset
from portfolios import selectors, services
from portfolios.models import Lot, Portfolio, Transaction, Wallet
from tests.portfolios.conftest import Add, noon, price_of

D = Decimal
JSON = "application/json"


@pytest.fixture
def hers(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def items(client: Client, portfolio: Portfolio) -> list[dict[str, Any]]:
    answer = client.get(f"/api/portfolios/{portfolio.pk}/attention")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def mend(client: Client, portfolio: Portfolio, item: dict[str, Any], fix: str) -> Any:
    body = {"kind": item["kind"], "key": item["key"], "fix": fix}
    return client.post(f"/api/portfolios/{portfolio.pk}/attention", body, content_type=JSON)


def undo(client: Client, portfolio: Portfolio, change: int) -> None:
    answer = client.post(f"/api/portfolios/{portfolio.pk}/changes/{change}/undo")
    assert answer.status_code == 200


def test_a_clean_ledger_needs_nothing(hers: Client, portfolio: Portfolio, add: Add) -> None:
    add("buy", "1", "BTC", 10, price="100")
    assert items(hers, portfolio) == []
    page = hers.get(reverse("portfolio-attention", args=[portfolio.pk])).content.decode()
    assert "Nothing needs a look" in page


def test_an_assumed_basis_becomes_ones_own(hers: Client, portfolio: Portfolio, add: Add) -> None:
    row = add("deposit", "2", "BTC", 10)
    (item,) = items(hers, portfolio)
    assert (item["kind"], item["key"], item["quantity"]) == ("assumed_basis", str(row.pk), "2")
    answer = mend(hers, portfolio, item, "use_close").json()
    row.refresh_from_db()
    assert row.price == price_of("BTC", 10)
    assert not Lot.objects.get().basis_assumed
    assert items(hers, portfolio) == []
    undo(hers, portfolio, answer["change"])
    assert items(hers, portfolio) == [item]


def test_a_sale_of_what_never_came_gets_its_deposit(
    hers: Client, portfolio: Portfolio, add: Add
) -> None:
    add("sell", "3", "ETH", 10, price="2500", location="Kraken", unmatched=True)
    found = {item["kind"]: item for item in items(hers, portfolio)}
    assert set(found) == {"unmatched", "negative"}
    answer = mend(hers, portfolio, found["unmatched"], "add_deposit")
    assert answer.status_code == 200
    deposit = Transaction.objects.get(type="deposit")
    assert (deposit.quantity, deposit.price, deposit.location) == (
        D(3),
        price_of("ETH", 10),
        "Kraken",
    )
    assert deposit.executed_at == noon(10)
    assert items(hers, portfolio) == []
    gain = portfolio.holdings.get(asset__symbol="ETH").realised
    assert gain == 3 * (2500 - price_of("ETH", 10))
    undo(hers, portfolio, answer.json()["change"])
    assert {item["kind"] for item in items(hers, portfolio)} == {"unmatched", "negative"}


def test_a_place_that_gave_too_much_gets_a_transfer(
    hers: Client, portfolio: Portfolio, add: Add
) -> None:
    add("buy", "5", "BTC", 20, price="100", location="Coinbase")
    add("sell", "2", "BTC", 5, price="200", location="Kraken")
    (item,) = items(hers, portfolio)
    assert (item["kind"], item["key"], item["quantity"]) == ("negative", "BTC|Kraken", "2")
    assert mend(hers, portfolio, item, "add_transfer").status_code == 200
    moved = Transaction.objects.get(type="transfer")
    assert (moved.quantity, moved.location, moved.to_location) == (D(2), "Coinbase", "Kraken")
    assert moved.executed_at == noon(5)
    assert items(hers, portfolio) == []
    assert mend(hers, portfolio, item, "add_transfer").status_code == 400


def test_a_duplicate_goes_or_is_none(hers: Client, portfolio: Portfolio, add: Add) -> None:
    first = add("buy", "1", "BTC", 10, price="100")
    second = add("buy", "1", "BTC", 10, price="100", location="Kraken")
    add("buy", "1", "BTC", 10, price="101")
    (item,) = items(hers, portfolio)
    assert (item["kind"], item["key"]) == ("duplicate", f"{first.pk}-{second.pk}")
    answer = mend(hers, portfolio, item, "delete").json()
    assert not Transaction.objects.filter(pk=second.pk).exists()
    assert items(hers, portfolio) == []
    undo(hers, portfolio, answer["change"])
    (back,) = items(hers, portfolio)
    assert mend(hers, portfolio, back, "dismiss").status_code == 200
    assert items(hers, portfolio) == []
    page = reverse("portfolio-attention", args=[portfolio.pk])
    assert "1 thing was left as it is" in hers.get(page).content.decode()
    hers.post(page, {"again": "1"})
    assert items(hers, portfolio) == [back]


def test_fills_of_an_exchange_are_told_apart_by_their_ids(
    hers: Client, portfolio: Portfolio, add: Add
) -> None:
    for name in ("one", "two"):
        add("buy", "1", "BTC", 10, price="100", external_id=name)
    assert items(hers, portfolio) == []


def test_a_price_that_is_missing_and_a_wallet_that_is_not_read(
    hers: Client, portfolio: Portfolio, add: Add
) -> None:
    ensure_asset("WIF")
    add("buy", "1", "WIF", 10, price="1")
    wallet = Wallet.objects.create(portfolio=portfolio, address="0x" + "a" * 40, error="x")
    found = {item["kind"]: item for item in items(hers, portfolio)}
    assert set(found) == {"missing_price", "wallet"}
    assert mend(hers, portfolio, found["missing_price"], "look_again").status_code == 200
    refused = mend(hers, portfolio, found["wallet"], "read_again")
    assert refused.status_code == 400
    wallet.refresh_from_db()
    assert wallet.error == "not configured"
    assert mend(hers, portfolio, found["wallet"], "dismiss").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "nothing", "key": "1", "fix": "dismiss"}, "kind"),
        ({"kind": "duplicate", "key": "1", "fix": "explode"}, "fix"),
        ({"kind": "duplicate", "key": "x", "fix": "delete"}, "key"),
        ({"kind": "assumed_basis", "key": "999999", "fix": "use_close"}, "key"),
        ({"kind": "assumed_basis", "key": "", "fix": "dismiss"}, "key"),
    ],
)
def test_what_cannot_be_mended_is_named(
    body: dict[str, str], field: str, hers: Client, portfolio: Portfolio
) -> None:
    answer = hers.post(f"/api/portfolios/{portfolio.pk}/attention", body, content_type=JSON)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


def test_the_page_mends_and_offers_to_undo(hers: Client, portfolio: Portfolio, add: Add) -> None:
    row = add("deposit", "2", "BTC", 10)
    page = reverse("portfolio-attention", args=[portfolio.pk])
    done = hers.post(page, {"kind": "assumed_basis", "key": str(row.pk), "fix": "use_close"})
    assert done.status_code == 302
    after = hers.get(done["Location"])
    assert "Undo it" in after.content.decode()
    hers.post(page, {"undo": str(after.context["done"].pk)})
    row.refresh_from_db()
    assert row.price is None


def test_many_things_are_a_line_and_a_few_questions(
    hers: Client, portfolio: Portfolio, add: Add
) -> None:
    rows = [
        {"type": "deposit", "symbol": "BTC", "quantity": "1", "executed_at": noon(n)}
        for n in range(2, 80)
    ]
    services.add_transactions(portfolio=portfolio, rows=rows)
    portfolio.refresh_from_db()
    (line,) = selectors.attention([portfolio])
    assert (line.count, line.title) == (78, "78 deposits without a price")
    assert len(items(hers, portfolio)) == 50
    with CaptureQueriesContext(
        connection,
    ) as asked:
        selectors.attention([portfolio])
    assert len(asked) < 12


def rows_listed(client: Client, portfolio: Portfolio) -> list[int]:
    """Ids in the transactions list where it is asked for what needs attention."""
    page = client.get(f"/portfolios/{portfolio.pk}/transactions/?attention=1").content.decode()
    return sorted(map(int, re.findall(r'data-row="(\d+)"', page)))


def test_the_list_shows_the_transactions_that_are_named(
    hers: Client, portfolio: Portfolio, add: Add
) -> None:
    guessed = add("deposit", "2", "BTC", 20)
    gone = add("deposit", "1", "ETH", 20)
    add("sell", "1", "ETH", 15, price="2900")  # nothing of it is held: it is guessed all the same
    short = add("sell", "3", "ETH", 10, price="2500", location="Kraken", unmatched=True)
    add("sell", "0.1", "BTC", 9, price="50000", unmatched=True)  # allowed to be short, and is not
    add("buy", "1", "BTC", 8, price="50000")
    twin = add("buy", "1", "BTC", 8, price="50000")
    named = {item["transaction"] for item in items(hers, portfolio) if item["transaction"]}
    assert named == {guessed.pk, gone.pk, short.pk, twin.pk}
    assert rows_listed(hers, portfolio) == sorted(named)
    for item in items(hers, portfolio):
        if item["transaction"] in {guessed.pk, twin.pk}:
            mend(hers, portfolio, item, "dismiss")
    assert rows_listed(hers, portfolio) == [gone.pk, short.pk]


def test_the_list_asks_for_no_more_than_the_page_needs(
    hers: Client, portfolio: Portfolio, add: Add
) -> None:
    """What the findings name is kept until the next edit: thousands cost no query more."""
    for day in range(20, 30):
        add("deposit", "2", "BTC", day)
    rows_listed(hers, portfolio)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(rows_listed(hers, portfolio)) == 10
    assert not [one for one in asked.captured_queries if "l.basis_assumed)" in one["sql"]]
