"""The page Returns: what it says, what it remembers, what it hides."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from accounts.models import Preferences, User
from portfolios import services
from portfolios.models import Portfolio
from portfolios.selectors.earnings import returns
from portfolios.selectors.wholes import Whole
from tests.pages.conftest import close_of


@pytest.fixture
def page(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def read(page: Client, portfolio: Portfolio, query: str = "range=ALL") -> str:
    answer = page.get(f"/portfolios/{portfolio.pk}/returns/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def data_of(html: str) -> dict[str, object]:
    found = re.search(r'id="returns-data" type="application/json">(.*?)</script>', html)
    assert found
    data: dict[str, object] = json.loads(found[1])
    return data


def test_one_sentence_and_one_number(page: Client, portfolio: Portfolio) -> None:
    html = read(page, portfolio)
    result = returns(Whole.of(portfolio), None, portfolio.daily_values.latest("day").day)
    profit = result.performance.profit
    assert profit is not None
    words = text_of(html)
    assert re.search(r"Since \d+ \w{3} 20\d\d you (earned|lost)", words)
    assert f"{abs(profit):,.2f}" in words
    assert "money-weighted" in words


def test_the_benchmark_of_the_address_is_drawn_and_told(page: Client, portfolio: Portfolio) -> None:
    html = read(page, portfolio, "range=ALL&benchmark=btc:60,eth:40")
    assert "BTC 60 % · ETH 40 %" in text_of(html)
    assert 'data-benchmark="BTC:60,ETH:40"' in html
    assert [line["name"] for line in data_of(html)["series"]] == [  # type: ignore[attr-defined]
        "Calm core",
        "BTC 60 % · ETH 40 %",
    ]


def test_the_benchmark_is_remembered(page: Client, portfolio: Portfolio, owner: User) -> None:
    assert page.post("/settings/benchmark", {"benchmark": "ETH"}).status_code == 204
    assert Preferences.objects.get(user=owner).benchmark == "ETH"
    assert 'value="ETH"' in read(page, portfolio)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("benchmark=BTC:60,ETH:50", "sum to 110"),
        ("benchmark=NOSUCH", "No prices of NOSUCH"),
        ("range=soon", "That range could not be read"),
    ],
)
def test_a_bad_question_is_told_beside_its_field(
    page: Client, portfolio: Portfolio, query: str, words: str
) -> None:
    assert words in text_of(read(page, portfolio, query))


@pytest.mark.parametrize("by", ["day", "week", "month", "year", "decade"])
def test_periods(page: Client, portfolio: Portfolio, by: str) -> None:
    html = read(page, portfolio, f"range=ALL&by={by}")
    assert 'id="periods"' in html


def test_nothing_held_yet_says_what_to_do(page: Client, owner: User) -> None:
    empty = services.create_portfolio(owner=owner, name="Empty")
    html = read(page, empty)
    assert "Nothing earned yet" in text_of(html)
    assert html.count("<h1") == 1


def test_hidden_figures_are_in_no_chart(page: Client, portfolio: Portfolio, owner: User) -> None:
    Preferences.objects.filter(user=owner).update(privacy="all")
    html = read(page, portfolio)
    assert data_of(html)["series"] == []
    assert not re.search(r"[-+−]?\d+\.\d+ ?%", text_of(html.split("<main")[1]))  # noqa: RUF001
    assert not re.search(r"\b(up|down)\d\b", html)


def test_another_base_shows_its_currency_apart(page: Client, owner: User, venue: object) -> None:
    made = services.create_portfolio(owner=owner, name="In coins", base_currency="BTC")
    services.add_transaction(
        portfolio=made,
        type="buy",
        symbol="ETH",
        quantity="1",
        price=close_of("ETH", 30),
        currency="USD",
        executed_at=made.created_at.replace(microsecond=0),
    )
    services.revalue([made.pk])
    words = text_of(read(page, made))
    assert "Currency apart" in words
    assert "The dollar against BTC" in words


def together(page: Client, query: str = "range=ALL") -> str:
    answer = page.get(f"/portfolios/returns/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_all_portfolios_are_told_together(page: Client, portfolio: Portfolio, owner: User) -> None:
    other = services.create_portfolio(owner=owner, name="Bold edge")
    services.add_transaction(
        portfolio=other,
        type="buy",
        symbol="ETH",
        quantity="1",
        price=close_of("ETH", 30),
        executed_at=portfolio.transactions.earliest("executed_at").executed_at,
    )
    services.revalue([other.pk])
    html = together(page, "range=ALL&benchmark=btc")
    whole = Whole.together([portfolio, other], owner.preferences.base_currency)
    profit = returns(whole, None, portfolio.daily_values.latest("day").day).performance.profit
    assert profit is not None
    words = text_of(html)
    assert f"{abs(profit):,.2f}" in words
    assert "A move between your own portfolios" in words
    assert [line["name"] for line in data_of(html)["series"]] == [  # type: ignore[attr-defined]
        "All portfolios",
        "BTC",
    ]
    assert 'href="/portfolios/returns/"' in page.get("/portfolios/").content.decode()


def test_a_stranger_is_told_nothing(client: Client, portfolio: Portfolio, stranger: User) -> None:
    client.force_login(stranger)
    words = text_of(together(client))
    assert "Nothing in this range yet" in words
    assert portfolio.name not in words


def test_hidden_figures_of_all_are_in_no_chart(
    page: Client, portfolio: Portfolio, owner: User
) -> None:
    Preferences.objects.filter(user=owner).update(privacy="all")
    html = together(page)
    assert data_of(html)["series"] == []
    assert not re.search(r"[-+−]?\d+\.\d+ ?%", text_of(html.split("<main")[1]))  # noqa: RUF001
