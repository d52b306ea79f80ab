"""`/scenarios` and `/backtest`: whole answers, field errors, and nothing of another person's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from markets.services import ensure_asset
from portfolios.services import add_transaction
from risk.measures import Method
from risk.scenarios import crises
from risk.selectors import backtest, scenarios
from risk.selectors.scenarios import NO_PLACES
from risk.services import store_forecasts
from tests.risk.conftest import LAST, Hold

PATH = "/api/risk/portfolios/{}/{}"


@pytest.fixture
def mine(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def by_key(found: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in found}


def test_every_kind_of_scenario(mine: Client, market: list[str], hold: Hold) -> None:
    ensure_asset("USDT", kind="stablecoin")
    portfolio = hold({"BTC": "0.5", "SOL": "100", "USDT": "5000"})
    answer = mine.get(PATH.format(portfolio.pk, "scenarios")).json()
    found = by_key(answer["scenarios"])
    assert {crisis.key for crisis in crises()} <= set(found)
    kinds = {one["kind"] for one in answer["scenarios"]}
    assert kinds == {"replay", "factor", "broken_correlation", "worst", "freeze", "reverse"}
    for one in answer["scenarios"]:
        losses = sum(Decimal(part["loss"]["amount"]) for part in one["assets"])
        assert losses == Decimal(one["loss"]["amount"])
        value = Decimal(answer["value"])
        assert Decimal(one["value_after"]) == value - losses
        assert one["loss"]["fraction"] == pytest.approx(float(losses / value), abs=1e-12)
    assert found["covid"]["proxied"] == ["SOL"]
    assert "beta" in next(
        part["proxied"] for part in found["covid"]["assets"] if part["symbol"] == "SOL"
    )
    assert 0 < found["covid"]["proxied_share"] < 1
    assert found["ftx"]["proxied"] == []
    depegged = {part["symbol"]: part["change"] for part in found["depeg"]["assets"]}
    assert depegged == {"USDT": pytest.approx(-0.12), "BTC": 0.0, "SOL": 0.0}
    assert found["btc_fall"]["loss"]["fraction"] > 0.3 * 0.1
    assert found["reverse_crypto"]["loss"]["fraction"] == pytest.approx(0.2)
    assert 0.2 < found["reverse_crypto"]["needed"] < 1
    assert found["reverse_worst"]["loss"]["fraction"] == pytest.approx(0.2)
    assert found["worst_stretch"]["end"] <= LAST.date().isoformat()
    assert answer["parameters"]["price"] == "close_to_close"


def test_parameters_are_heard(mine: Client, market: list[str], hold: Hold) -> None:
    ensure_asset("STETH")
    portfolio = hold({"BTC": "1"})
    path = PATH.format(portfolio.pk, "scenarios")
    query = "?days=1&fall=0.5&target_loss=0.35&price=lowest_trade"
    found = by_key(mine.get(path + query).json()["scenarios"])
    assert found["btc_fall"]["loss"]["fraction"] == pytest.approx(0.5)
    assert found["covid"]["loss"]["fraction"] == pytest.approx(0.4545)
    assert found["reverse_btc"]["needed"] == pytest.approx(0.35)
    start, end = (datetime.fromisoformat(found["worst_stretch"][at]) for at in ("start", "end"))
    assert (end - start).days == 1
    assert "depeg" not in found
    assert "staked_discount" not in found


def test_what_cannot_be_lost_is_said(market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "0.001", "USD": "100000"})
    found = by_key(scenarios(portfolio))
    assert found["reverse_crypto"]["needed"] is None
    assert "deep enough" in found["reverse_crypto"]["description"]


def test_frozen_places_sum_to_the_value(market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "1", "ETH": "2"})
    add_transaction(
        portfolio=portfolio,
        type="transfer",
        symbol="BTC",
        quantity=Decimal("0.25"),
        to_location="Vault",
        executed_at=datetime(2025, 3, 1, tzinfo=UTC),
    )
    add_transaction(
        portfolio=portfolio,
        type="deposit",
        symbol="SOL",
        quantity=Decimal(10),
        location="Kraken",
        executed_at=datetime(2025, 3, 1, tzinfo=UTC),
    )
    frozen = {one["location"]: one for one in scenarios(portfolio) if one["kind"] == "freeze"}
    assert set(frozen) == {"", "Vault", "Kraken"}
    assert sum(one["loss"]["fraction"] for one in frozen.values()) == pytest.approx(1)
    assert {p["symbol"]: p["change"] for p in frozen["Vault"]["assets"] if p["change"]} == {
        "BTC": pytest.approx(-0.25)
    }


def test_as_it_stood_on_an_earlier_day(mine: Client, market: list[str], hold: Hold) -> None:
    """As if what was done later had not been done, and no later close were known."""
    portfolio, untouched = hold({"BTC": "1"}), hold({"BTC": "1"}, "Untouched")
    day = LAST.date() - timedelta(days=30)
    add_transaction(
        portfolio=portfolio, type="deposit", symbol="SOL", quantity="1000", executed_at=LAST
    )
    path = PATH.format(portfolio.pk, f"scenarios?as_of={day}")
    then = mine.get(path).json()
    assert then["as_of"].startswith(day.isoformat())
    other = mine.get(PATH.format(untouched.pk, f"scenarios?as_of={day}")).json()
    assert then["scenarios"] == other["scenarios"]
    assert "freeze" not in {one["kind"] for one in then["scenarios"]}
    assert NO_PLACES in then["warnings"]
    graded = backtest(portfolio, window=100, as_of=day)
    assert graded["series"] == backtest(untouched, window=100, as_of=day)["series"]
    assert graded["series"][-1]["day"] == day.isoformat()
    for name in ("scenarios", "backtest"):
        late = mine.get(PATH.format(portfolio.pk, f"{name}?as_of=2999-01-01"))
        assert list(late.json()["error"]["fields"]) == ["as_of"]


def test_own_shocks(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "1", "SOL": "10", "USD": "100"})
    shocks = [
        {"symbol": "sol", "change": -0.4},
        {"kind": "coin", "change": -0.1},
        {"symbol": "ETH", "change": -0.9},
    ]
    answer = mine.post(
        PATH.format(portfolio.pk, "scenarios"), {"shocks": shocks}, content_type="application/json"
    ).json()
    (own,) = answer["scenarios"]
    changes = {part["symbol"]: part["change"] for part in own["assets"]}
    assert changes == {"BTC": -0.1, "SOL": -0.4, "USD": 0.0}
    assert any("ETH" in warning for warning in answer["warnings"])


@pytest.mark.parametrize(
    ("shocks", "field"),
    [
        ([], "shocks.non_field_errors"),
        ("BTC", "shocks.non_field_errors"),
        ([{"symbol": "BTC", "kind": "coin", "change": -0.1}], "shocks.0.symbol"),
        ([{"change": -0.1}], "shocks.0.symbol"),
        ([{"symbol": "NOPE", "change": -0.1}], "shocks.0.symbol"),
        ([{"symbol": "BTC", "change": -1.1}], "shocks.0.change"),
        ([{"symbol": "BTC", "change": 0}, {"symbol": "BTC", "change": 0}], "shocks.1.symbol"),
    ],
)
def test_bad_shocks_are_named(
    mine: Client, market: list[str], hold: Hold, shocks: object, field: str
) -> None:
    path = PATH.format(hold({"BTC": "1"}).pk, "scenarios")
    answer = mine.post(path, {"shocks": shocks}, content_type="application/json")
    assert answer.status_code == 400
    assert field.split(".", maxsplit=1)[0] in next(iter(answer.json()["error"]["fields"]))
    assert list(answer.json()["error"]["fields"]) == [field]


@pytest.mark.parametrize(
    ("tail", "query"),
    [
        ("scenarios", "days=0"),
        ("scenarios", "fall=nan"),
        ("scenarios", "fall=2"),
        ("scenarios", "depeg=-1"),
        ("scenarios", "staked_discount=1.5"),
        ("scenarios", "target_loss=0"),
        ("scenarios", "price=open"),
        ("backtest", "mode=dead"),
        ("backtest", "confidence=2"),
        ("backtest", "confidence=nan"),
        ("backtest", "confidence=0.9&mode=live"),
        ("backtest", "days=0"),
        ("backtest", "window=5"),
        ("backtest", "method=garch"),
    ],
)
def test_bad_parameters_are_named(
    mine: Client, market: list[str], hold: Hold, tail: str, query: str
) -> None:
    answer = mine.get(f"{PATH.format(hold({'BTC': '1'}).pk, tail)}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("tail", "verb"), [("scenarios", "get"), ("scenarios", "post"), ("backtest", "get")]
)
def test_strangers_find_nothing(
    client: Client, stranger: User, market: list[str], hold: Hold, tail: str, verb: str
) -> None:
    path = PATH.format(hold({"BTC": "1"}).pk, tail)
    assert getattr(client, verb)(path).status_code == 401
    client.force_login(stranger)
    assert getattr(client, verb)(path).status_code == 404


def test_an_empty_portfolio_is_an_answer(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold({})
    for tail in ("scenarios", "backtest", "backtest?mode=live"):
        answer = mine.get(PATH.format(portfolio.pk, tail))
        assert answer.status_code == 200
        assert answer.json()["warnings"] or tail.endswith("live")
    assert scenarios([]) == []


def test_a_backtest_over_http(mine: Client, market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "0.5", "SOL": "100"})
    path = PATH.format(portfolio.pk, "backtest")
    answer = mine.get(f"{path}?window=120&confidence=0.95").json()
    assert set(answer["methods"]) == set(Method)
    grade = answer["methods"]["historical"]
    assert {"observations", "exceptions", "expected", "kupiec", "independence", "joint"} <= set(
        grade
    )
    assert set(grade["kupiec"]) == {"lr", "p"}
    assert answer["recommended"]["reason"].endswith(".")
    assert set(answer["series"][0]) == {"day", "return", "var", "exception"}
    assert len(answer["series"]) == grade["observations"] == 379


def test_live_is_of_one_portfolio(mine: Client, market: list[str], hold: Hold) -> None:
    portfolios = [hold({"BTC": "1"}), hold({"SOL": "1"}, "Other")]
    store_forecasts([portfolios[0].pk], LAST.date())
    live = mine.get(PATH.format(portfolios[0].pk, "backtest") + "?mode=live").json()
    assert (live["days"], live["recommended"]["method"]) == (0, None)  # nothing graded yet
    together = backtest(portfolios, window=100)
    assert together["portfolio"] is None
    assert together["days"] == 399
