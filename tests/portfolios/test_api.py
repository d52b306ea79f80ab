"""The REST paths of portfolios: what they answer, what they refuse, and who finds nothing."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from markets.models import Venue
from portfolios import services
from portfolios.models import Portfolio, Transaction, Wallet
from tests.portfolios.conftest import Add, days_ago, noon, price_of

pytestmark = pytest.mark.django_db
ADDRESS = "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe"


@pytest.fixture
def api(owner: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(owner)
    return client


@pytest.fixture
def theirs(stranger: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(stranger)
    return client


def body(**changes: Any) -> dict[str, Any]:
    content = {"type": "buy", "symbol": "BTC", "quantity": "0.5", "price": "40000"}
    return {**content, "executed_at": noon(10).isoformat(), **changes}


def test_making_changing_and_removing_a_portfolio(api: APIClient, venue: Venue) -> None:
    made = api.post("/api/portfolios/", {"name": "Core", "track_cash": True})
    assert made.status_code == 201
    assert made.json()["base_currency"] == "USD"
    assert made.json()["venue"] is None
    path = f"/api/portfolios/{made.json()['id']}/"
    changed = api.patch(path, {"name": "Kernel", "venue": "binance"})
    assert (changed.json()["name"], changed.json()["venue"]) == ("Kernel", "binance")
    assert changed.json()["track_cash"] is True
    listed = api.get("/api/portfolios/").json()
    assert [row["name"] for row in listed["results"]] == ["Kernel"]
    assert api.delete(path).status_code == 204
    assert not Portfolio.objects.exists()


def test_errors_stand_on_their_fields(api: APIClient, portfolio: Portfolio) -> None:
    wrong = api.post("/api/portfolios/", {"name": "Core", "base_currency": "ZZZ"})
    assert wrong.status_code == 400
    assert set(wrong.json()["error"]["fields"]) == {"name", "base_currency"}
    path = f"/api/portfolios/{portfolio.pk}/transactions"
    sale = api.post(path, body(type="sell"))
    assert sale.status_code == 400
    assert "Only 0 BTC is held" in sale.json()["error"]["fields"]["quantity"][0]
    unknown = api.post(path, body(symbol="BITCOIN"))
    assert "Did you mean BTC" in unknown.json()["error"]["fields"]["symbol"][0]


def test_transactions_by_hand(api: APIClient, portfolio: Portfolio) -> None:
    path = f"/api/portfolios/{portfolio.pk}/transactions"
    made = api.post(path, body(fee="1.50", note="first"))
    assert made.status_code == 201
    row = made.json()
    assert (row["quantity"], row["price"], row["fee"]) == ("0.5", "40000", "1.5")
    assert (row["fee_symbol"], row["currency"], row["symbol"]) == (None, "USD", "BTC")
    one = f"{path}/{row['id']}"
    assert api.get(one).json() == row
    changed = api.patch(one, {"quantity": "0.75"})
    assert (changed.json()["quantity"], changed.json()["note"]) == ("0.75", "first")
    held = api.get(f"/api/portfolios/{portfolio.pk}/holdings").json()
    assert held["positions"][0]["quantity"] == "0.75"
    assert held["value"] == str(price_of("BTC", 1) * 3 / 4).rstrip("0").rstrip(".")
    assert isinstance(held["positions"][0]["share"], float)
    assert api.delete(one).status_code == 204
    assert not Transaction.objects.exists()


def test_lists_filter_and_page(api: APIClient, add: Add, portfolio: Portfolio) -> None:
    for days in (40, 30, 20):
        add("buy", "1", "BTC", days, price="100")
    add("reward", "1", "ETH", 10)
    add("sell", "1", "BTC", 5, price="200")
    path = f"/api/portfolios/{portfolio.pk}/transactions"

    def count(query: str) -> int:
        return len(api.get(f"{path}?{query}").json()["results"])

    assert count("type=buy,sell") == 4
    assert count("symbol=eth") == 1
    assert count(f"start={days_ago(30)}&end={days_ago(10)}") == 3
    assert api.get(f"{path}?start=yesterday").status_code == 400
    first = api.get(f"{path}?page_size=2").json()
    assert [row["type"] for row in first["results"]] == ["sell", "reward"]
    second = api.get(first["next"]).json()
    assert [row["type"] for row in second["results"]] == ["buy", "buy"]
    lots = api.get(f"/api/portfolios/{portfolio.pk}/lots?symbol=BTC&open=true").json()["results"]
    assert [(lot["remaining"], lot["basis"]) for lot in lots] == [("1", "100"), ("1", "100")]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_can_be(
    api: APIClient, add: Add, portfolio: Portfolio, day: str
) -> None:
    add("buy", "1", "BTC", 10, price="100")
    path = f"/api/portfolios/{portfolio.pk}"
    for name in ("transactions", "history", "performance"):
        for field in ("start", "end"):
            assert api.get(f"{path}/{name}", {field: day}).status_code == 200
    assert len(api.get(f"{path}/transactions", {"end": "9999-12-31"}).json()["results"]) == 1


def test_history_and_performance(api: APIClient, add: Add, portfolio: Portfolio) -> None:
    add("buy", "1", "BTC", 10, price="40000")
    services.revalue([portfolio.pk])
    span = f"start={days_ago(5)}&end={days_ago(1)}"
    points = api.get(f"/api/portfolios/{portfolio.pk}/history?{span}").json()["results"]
    assert [point["value"] for point in points] == [
        str(price_of("BTC", n)) for n in range(5, 0, -1)
    ]
    got = api.get(f"/api/portfolios/{portfolio.pk}/performance?{span}").json()
    assert (got["start_value"], got["end_value"]) == ("49940", "49990")
    assert (got["profit"], got["net_flow"]) == ("50", "0")
    assert got["twr"] == pytest.approx(49990 / 49940 - 1)
    wrong = api.get(f"/api/portfolios/{portfolio.pk}/history?start=2026-02-01&end=2026-01-01")
    assert wrong.json()["error"]["fields"]["start"] == ["The start is after the end."]


def test_wallets(api: APIClient, portfolio: Portfolio, settings: Any) -> None:
    settings.ETHERSCAN_API_KEY = ""
    made = api.post("/api/wallets/", {"portfolio": portfolio.pk, "address": ADDRESS})
    assert made.status_code == 201
    assert (made.json()["balance"], made.json()["error"]) == (None, "not configured")
    again = api.post("/api/wallets/", {"portfolio": portfolio.pk, "address": ADDRESS.lower()})
    assert "already" in again.json()["error"]["fields"]["address"][0]
    wrong = api.post("/api/wallets/", {"portfolio": portfolio.pk, "address": "0x12"})
    assert "address" in wrong.json()["error"]["fields"]
    path = f"/api/wallets/{made.json()['id']}/"
    assert api.patch(path, {"label": "Ledger"}).json()["label"] == "Ledger"
    assert api.delete(path).status_code == 204


PATHS = [
    "/api/portfolios/{p}/",
    "/api/portfolios/{p}/holdings",
    "/api/portfolios/{p}/lots",
    "/api/portfolios/{p}/performance",
    "/api/portfolios/{p}/history",
    "/api/portfolios/{p}/transactions",
    "/api/portfolios/{p}/transactions/{t}",
    "/api/wallets/{w}/",
]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("path", PATHS)
def test_strangers_find_nothing(
    path: str, slash: str, add: Add, portfolio: Portfolio, theirs: APIClient
) -> None:
    api = APIClient()
    api.force_authenticate(portfolio.owner)
    row = add("buy", "1", "BTC", 10, price="1")
    wallet = services.add_wallet(portfolio=portfolio, address=ADDRESS)
    filled = path.format(p=portfolio.pk, t=row.pk, w=wallet.pk).rstrip("/") + slash
    for method in (theirs.get, theirs.patch, theirs.delete, theirs.post):
        answer = method(filled, {"name": "mine", "label": "mine", **body()})
        assert answer.status_code in {404, 405}, (method, filled)
        assert answer.json()["error"]["code"] in {"not_found", "method_not_allowed"}
    assert theirs.get(filled).status_code == 404
    assert api.get(filled).status_code == 200
    assert Transaction.objects.filter(pk=row.pk).exists()


def test_a_strangers_portfolio_takes_no_wallet_and_lists_are_ones_own(
    portfolio: Portfolio, theirs: APIClient
) -> None:
    answer = theirs.post("/api/wallets/", {"portfolio": portfolio.pk, "address": ADDRESS})
    assert answer.status_code == 404
    assert theirs.get("/api/portfolios/").json()["results"] == []
    assert theirs.get("/api/wallets/").json()["results"] == []
    assert not Wallet.objects.exists()


def test_a_transaction_under_another_portfolio_is_not_found(
    api: APIClient, add: Add, owner: User, portfolio: Portfolio
) -> None:
    row = add("buy", "1", "BTC", 10, price="1")
    other = services.create_portfolio(owner=owner, name="Other")
    assert api.get(f"/api/portfolios/{other.pk}/transactions/{row.pk}").status_code == 404


def test_nobody_comes_in_without_signing_in(portfolio: Portfolio) -> None:
    answer = APIClient().get(f"/api/portfolios/{portfolio.pk}/holdings")
    assert answer.status_code in {401, 403}
