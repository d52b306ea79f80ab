"""Targets through API and page: drift, terms, trades with fees and the gain they realise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from portfolios.models import Portfolio, Target
from tests.portfolios.conftest import Add

D = Decimal
JSON = "application/json"


@pytest.fixture
def hers(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def put(client: Client, portfolio: Portfolio, **body: Any) -> Any:
    return client.put(f"/api/portfolios/{portfolio.pk}/targets", body, content_type=JSON)


def wish(**weights: str) -> list[dict[str, str]]:
    return [{"symbol": symbol, "weight": weight} for symbol, weight in weights.items()]


@pytest.fixture
def book(add: Add, portfolio: Portfolio) -> Portfolio:
    """One bitcoin bought at 40 000 and one at 30 000, worth 49 990 each; 10 ether worth 2 999."""
    add("buy", "1", "BTC", 30, price="40000")
    add("buy", "1", "BTC", 20, price="30000")
    add("buy", "10", "ETH", 10, price="2000")
    return portfolio


def test_weights_are_set_against_targets(hers: Client, book: Portfolio) -> None:
    answer = put(hers, book, targets=wish(BTC="0.6", ETH="0.4"), trade_fee="0", tolerance="0.02")
    assert answer.status_code == 200
    said = answer.json()
    total = 2 * 49990 + 10 * 2999
    assert D(said["total"]) == total
    assert said["targets"][0]["symbol"] == "BTC"
    assert said["targets"][0]["weight"] == pytest.approx(99980 / total)
    assert said["targets"][0]["drift"] == pytest.approx(99980 / total - 0.6)
    assert said["drift"] == pytest.approx(99980 / total - 0.6)
    assert (said["drifts"], said["tolerance"], said["trade_fee"]) == (True, 0.02, 0)
    assert said["unassigned"]["target"] == "0"


def test_the_trades_and_the_gain_of_the_sale_by_fifo(hers: Client, book: Portfolio) -> None:
    put(hers, book, targets=wish(BTC="0.6", ETH="0.4"), trade_fee="0")
    said = hers.get(f"/api/portfolios/{book.pk}/rebalance").json()
    total = D(2 * 49990 + 10 * 2999)
    sold = 99980 - total * D("0.6")
    sale, purchase = said["trades"]
    assert (sale["side"], sale["symbol"]) == ("sell", "BTC")
    assert (purchase["side"], purchase["symbol"]) == ("buy", "ETH")
    assert D(sale["value"]) == pytest.approx(sold)
    units = sold / 49990
    assert D(sale["basis"]) == pytest.approx(units * 40000)  # the oldest lot goes first
    assert D(sale["realised_gain"]) == pytest.approx(sold - units * 40000)
    assert said["realised_gain"] == sale["realised_gain"]
    assert purchase["realised_gain"] is None
    assert said["restores"] is True
    assert [row["after"] for row in said["after"]] == pytest.approx([0.6, 0.4])
    assert "Nothing is traded" in said["note"]
    assert book.transactions.count() == 3


def test_the_gain_follows_the_portfolios_method(hers: Client, book: Portfolio) -> None:
    book.basis_method = "lifo"
    book.save()
    put(hers, book, targets=wish(BTC="0.6", ETH="0.4"), trade_fee="0.001")
    sale = hers.get(f"/api/portfolios/{book.pk}/rebalance").json()["trades"][0]
    units = D(sale["quantity"])
    assert D(sale["basis"]) == pytest.approx(units * 30000)
    assert D(sale["fee"]) == pytest.approx(D(sale["value"]) / 1000)
    gain = D(sale["value"]) - D(sale["fee"]) - units * 30000
    assert D(sale["realised_gain"]) == pytest.approx(gain)


def test_new_money_alone(hers: Client, book: Portfolio) -> None:
    put(hers, book, targets=wish(BTC="0.7", ETH="0.3"), trade_fee="0")
    url = f"/api/portfolios/{book.pk}/rebalance"
    said = hers.get(url, {"mode": "buy", "new_money": "5000"}).json()
    assert [(t["side"], t["symbol"]) for t in said["trades"]] == [("buy", "ETH")]
    assert D(said["trades"][0]["value"]) == pytest.approx(D(5000))
    assert D(said["total_after"]) == D(said["total_before"]) + 5000
    assert said["realised_gain"] == "0"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"targets": wish(BTC="0.7", ETH="0.4")}, "targets"),
        ({"targets": wish(NOPE="0.7")}, "targets.0.symbol"),
        ({"targets": wish(BTC="x")}, "targets.0.weight"),
        ({"targets": wish(BTC="1.5")}, "targets.0.weight"),
        ({"targets": wish(BTC="0.1234567")}, "targets.0.weight"),
        ({"targets": [*wish(BTC="0.1"), *wish(BTC="0.1")]}, "targets.1.symbol"),
        ({"tolerance": "0"}, "tolerance"),
        ({"trade_fee": "0.5"}, "trade_fee"),
        ({"minimum_order": "-1"}, "minimum_order"),
    ],
)
def test_what_is_wrong_is_named(
    body: dict[str, Any], field: str, hers: Client, book: Portfolio
) -> None:
    answer = put(hers, book, **body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not Target.objects.exists()


def test_without_targets_or_prices_there_is_no_answer(hers: Client, book: Portfolio) -> None:
    url = f"/api/portfolios/{book.pk}/rebalance"
    assert hers.get(url).json()["error"]["fields"] == {"targets": ["Set targets first."]}
    put(hers, book, targets=wish(BTC="0.5", USDC="0.1", SOL="0.1"))
    said = hers.get(url).json()["error"]["fields"]["targets"][0]
    assert said.startswith("There is no price for ")
    assert hers.get(url, {"new_money": "-1"}).status_code == 400


def test_cash_is_what_trades_go_through(hers: Client, book: Portfolio, add: Add) -> None:
    add("deposit", "20000", "USD", 5)
    put(hers, book, targets=wish(BTC="0.6", ETH="0.4"), trade_fee="0")
    said = hers.get(f"/api/portfolios/{book.pk}/rebalance").json()
    assert said["restores"] is True
    assert said["unassigned_after"] == pytest.approx(0)
    bought = sum(D(t["value"]) for t in said["trades"] if t["side"] == "buy")
    sold = sum((D(t["value"]) for t in said["trades"] if t["side"] == "sell"), D(0))
    assert bought == pytest.approx(sold + 20000)


def test_the_page_sets_targets_and_names_errors_in_their_row(hers: Client, book: Portfolio) -> None:
    url = reverse("portfolio-targets", args=[book.pk])
    assert "No targets yet" in hers.get(url).content.decode()
    assert 'value="BTC"' in hers.get(url, {"start": "present"}).content.decode()
    terms = {"tolerance": "5", "minimum_order": "10", "trade_fee": "0.1"}
    wrong = hers.post(url, {"symbol": ["BTC", "NOPE", ""], "weight": ["60", "40", ""], **terms})
    assert wrong.status_code == 422
    assert 'id="symbol-2-error"' in wrong.content.decode()
    saved = hers.post(url, {"symbol": ["BTC", "ETH", ""], "weight": ["60", "40", ""], **terms})
    assert saved.status_code == 302
    weights = dict(Target.objects.values_list("asset__symbol", "weight"))
    assert weights == {"BTC": D("0.6"), "ETH": D("0.4")}
    page = hers.get(url, {"new_money": "100"}).content.decode()
    assert "Sell BTC" in page
    assert "Buy ETH" in page
    assert "Enter a number" in hers.get(url, {"new_money": "x"}).content.decode()


def test_no_figure_is_on_the_page_where_all_is_hidden(
    hers: Client, book: Portfolio, owner: User
) -> None:
    put(hers, book, targets=wish(BTC="0.6", ETH="0.4"))
    owner.preferences.privacy = "all"
    owner.preferences.save()
    page = hers.get(reverse("portfolio-targets", args=[book.pk])).content.decode()
    assert "76." not in page
    assert "23,0" not in page
