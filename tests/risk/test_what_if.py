"""What-if: trades that nobody made, and every figure on both sides of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from portfolios.models import Holding, Transaction
from risk import services
from risk.models import Breach, Limit, RiskSnapshot
from risk.parameters import parameters
from risk.selectors import risk_answer
from risk.selectors.what_if import what_if
from risk.what_if import Position, RefusedError, Trade, apply
from tests.risk.conftest import Hold

D = Decimal
USD = Position("USD", "fiat", D(0), D(1))


def held(**values: str) -> list[Position]:
    """Positions of a price of 10 (money: 1)."""
    return [
        Position(
            symbol, "fiat" if symbol == "USD" else "coin", D(value) / _price(symbol), _price(symbol)
        )
        for symbol, value in values.items()
    ]


def _price(symbol: str) -> Decimal:
    return D(1) if symbol == "USD" else D(10)


NEW = {"NEW": Position("NEW", "coin", D(0), D(10))}


def done(positions: list[Position], trades: list[Trade], fee: str = "0") -> tuple[dict[str, D], D]:
    outcome = apply(positions, trades, base=USD, market=NEW, fee_rate=D(fee))
    return {one.symbol: one.value for one in outcome.positions}, outcome.cash.from_outside


@pytest.mark.parametrize(
    ("positions", "trades", "fee", "expected", "outside"),
    [
        # a sale waits as money, fee off
        (held(A="100"), [Trade("A", D("-4"))], "0.01", {"A": 60, "USD": D("39.6")}, 0),
        # all of it
        (held(A="100"), [Trade("A", D(-10))], "0", {"USD": 100}, 0),
        # a purchase takes the money held, then money from outside
        (held(A="100", USD="30"), [Trade("NEW", D(2))], "0", {"A": 100, "NEW": 20, "USD": 10}, 0),
        (held(A="100", USD="30"), [Trade("NEW", D(5))], "0.1", {"A": 100, "NEW": 50}, 25),
        # money itself is paid in and taken out without a fee
        (held(A="100"), [Trade("USD", D(50))], "0.1", {"A": 100, "USD": 50}, 50),
        (held(A="100", USD="30"), [Trade("USD", D(-20))], "0.1", {"A": 100, "USD": 10}, -20),
        # a share: money held makes room first
        (
            held(A="40", B="40", USD="20"),
            [Trade("A", weight=D("0.5"))],
            "0",
            {"A": 50, "B": 40, "USD": 10},
            0,
        ),
        # then everything else in proportion
        (
            held(A="20", B="60", C="20"),
            [Trade("A", weight=D("0.6"))],
            "0",
            {"A": 60, "B": 30, "C": 10},
            0,
        ),
        (held(A="50", B="50"), [Trade("A", weight=D(0))], "0", {"B": 50, "USD": 50}, 0),
        (held(A="50", B="50"), [Trade("A", weight=D(1))], "0", {"A": 100}, 0),
        (
            held(A="50", B="50"),
            [Trade("NEW", weight=D("0.2"))],
            "0",
            {"A": 40, "B": 40, "NEW": 20},
            0,
        ),
        # a share of money is one, too
        (
            held(A="50", B="50"),
            [Trade("USD", weight=D("0.2"))],
            "0",
            {"A": 40, "B": 40, "USD": 20},
            0,
        ),
        # what is traded by units is not touched again
        (
            held(A="40", B="40", C="20"),
            [Trade("C", D(-1)), Trade("A", weight=D("0.6"))],
            "0",
            {"A": 60, "B": 30, "C": 10},
            0,
        ),
    ],
)
def test_what_is_held_afterwards(
    positions: list[Position],
    trades: list[Trade],
    fee: str,
    expected: dict[str, Any],
    outside: int,
) -> None:
    values, paid = done(positions, trades, fee)
    assert values == {symbol: D(value) for symbol, value in expected.items()}
    assert paid == outside


@pytest.mark.parametrize(
    ("trades", "index", "field"),
    [
        ([Trade("A", D("-10.5"))], 0, "quantity"),
        ([Trade("A", D(-1)), Trade("NOPE", D(1))], 1, "symbol"),
        ([Trade("A", D(-1)), Trade("A", D(1))], 1, "symbol"),
        ([Trade("A")], 0, "quantity"),
        ([Trade("A", D(1), D("0.5"))], 0, "quantity"),
        ([Trade("A", weight=D("1.1"))], 0, "weight"),
        ([Trade("A", weight=D("-0.1"))], 0, "weight"),
        ([Trade("A", weight=D("0.6")), Trade("NEW", weight=D("0.6"))], 1, "weight"),
        ([Trade("NEW", D(-1))], 0, "quantity"),
        ([Trade("USD", D(-1))], 0, "quantity"),
    ],
)
def test_what_cannot_be(trades: list[Trade], index: int, field: str) -> None:
    with pytest.raises(RefusedError) as error:
        done(held(A="100"), trades)
    assert (error.value.index, error.value.field) == (index, field)


amounts = st.integers(0, 10_000).map(lambda cents: D(cents) / 100)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from("ABCDE"), amounts.filter(bool), min_size=1),
    amounts,
    st.dictionaries(st.sampled_from([*"ABCDE", "NEW", "USD"]), st.integers(0, 14), max_size=7),
    st.integers(0, 50).map(lambda n: D(n) / 1000),
)
def test_no_money_appears_or_vanishes(
    values: dict[str, Decimal], cash: Decimal, shares: dict[str, int], fee: Decimal
) -> None:
    positions = held(**{s: str(v) for s, v in values.items()}, USD=str(cash))
    positions = [one for one in positions if one.quantity]
    owned = {one.symbol for one in positions}
    wished = {s: D(n) / 100 for s, n in shares.items() if s in {*owned, "NEW", "USD"}}
    trades = [Trade(symbol, weight=weight) for symbol, weight in wished.items()]
    outcome = apply(positions, trades, base=USD, market=NEW, fee_rate=fee)
    before = sum(one.value for one in positions)
    after = sum(one.value for one in outcome.positions)
    assert after == pytest.approx(before + outcome.cash.from_outside - outcome.cash.fees)
    assert all(one.quantity > 0 for one in outcome.positions)
    if not fee:
        assert outcome.cash.from_outside == pytest.approx(D(0), abs=D("1e-12"))
        told = {one.symbol: one.value for one in outcome.positions}
        for symbol, weight in wished.items():
            if symbol != "USD" or owned - set(wished) - {"USD"}:
                assert told.get(symbol, D(0)) == pytest.approx(weight * before, abs=D("1e-9"))


HELD = {"BTC": "0.5", "ETH": "5", "SOL": "100"}


def test_the_answer_after_is_that_of_a_portfolio_that_made_the_trades(
    owner: User, market: list[str], hold: Hold
) -> None:
    portfolio, other = hold(HELD), hold({"BTC": "0.5", "ETH": "5", "SOL": "40", "ADA": "1000"}, "B")
    sold = what_if(
        owner,
        portfolio,
        [Trade("SOL", D(-60)), Trade("ADA", D(1000)), Trade("USD", D(0))],
        fee_rate=D(0),
    )
    expected = risk_answer(other)
    money = D(sold["cash"]["after"])
    assert D(sold["after"]["value"]) - money == pytest.approx(D(expected["value"]))
    alike = what_if(owner, other, [Trade("USD", money)])["after"]
    for name in ("volatility", "sharpe", "max_drawdown", "score", "hhi", "beta"):
        assert sold["after"][name] == pytest.approx(alike[name], rel=1e-9), name
    assert sold["before"]["var"] == risk_answer(portfolio)["var"]


def test_every_figure_that_changes_is_named(owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    found = what_if(owner, portfolio, [Trade("SOL", D(-50))])
    changed = {one["measure"]: one for one in found["changed"]}
    for name in ("value", "volatility", "var.historical", "cvar", "score", "hhi", "beta"):
        assert changed[name]["before"] != changed[name]["after"]
    assert changed["var.historical"]["after"] == found["after"]["var"]["historical"]["fraction"]
    assert changed["var.historical"]["after"] < changed["var.historical"]["before"]
    nothing = what_if(owner, portfolio, [Trade("SOL", D(0))])
    assert nothing["changed"] == []


def test_limits_are_shown_on_both_sides(owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    value = risk_answer(portfolio)["var"]["historical"]["fraction"]
    limit = services.create_limit(
        owner=owner, measure="var", threshold=value * 0.9, portfolio=portfolio.pk
    )
    services.create_limit(owner=owner, measure="var", threshold=0.5)
    trades = [Trade("SOL", D(-100)), Trade("ETH", D(-4))]
    found = what_if(owner, portfolio, trades)
    (line,) = found["limits"]
    assert (line["id"], line["state_before"], line["state_after"]) == (limit.pk, "over", "ok")
    assert line["before"] == value
    asked = parameters(window=100, confidence=0.9)
    other = what_if(owner, portfolio, trades, asked=asked)
    assert other["limits"] == found["limits"]
    assert other["after"]["window_days"] == 100


def test_nothing_is_written(owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    services.create_limit(owner=owner, measure="var", threshold=0.5, portfolio=portfolio.pk)
    kept = (Transaction, Holding, RiskSnapshot, Limit, Breach)
    before = [list(model.objects.order_by("pk").values()) for model in kept]
    what_if(owner, portfolio, [Trade("SOL", D(-100)), Trade("DOGE", D(100_000))])
    assert [list(model.objects.order_by("pk").values()) for model in kept] == before


def test_more_than_is_held_is_a_field_error(owner: User, market: list[str], hold: Hold) -> None:
    with pytest.raises(ValidationError) as error:
        what_if(owner, hold(HELD), [Trade("BTC", D(1)), Trade("SOL", D(-101))])
    assert error.value.message_dict == {
        "trades.1.quantity": ["You hold 100 SOL; more cannot be sold."]
    }


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def test_over_the_wire(client: Client, owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    client.force_login(owner)
    path = f"/api/risk/portfolios/{portfolio.pk}/what-if"
    found = post(client, path, {"trades": [{"symbol": "sol", "quantity": "-50"}]}).json()
    assert set(found) == {"before", "after", "changed", "limits", "trades", "cash"}
    assert found["trades"][0]["quantity"] == "-50"
    assert isinstance(found["cash"]["fees"], str)
    shares = {"trades": [{"symbol": "BTC", "weight": 0.5}], "confidence": 0.9, "window": 200}
    found = post(client, path, shares).json()
    assert found["after"]["confidence"] == 0.9
    (btc,) = [one for one in found["after"]["contributions"] if one["symbol"] == "BTC"]
    assert btc["weight"] == pytest.approx(0.5, abs=0.002)  # the fee comes from outside
    everything = post(client, "/api/risk/what-if", shares).json()
    assert everything["before"]["portfolio"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "trades"),
        ({"trades": []}, "trades"),
        ({"trades": [{"quantity": "1"}]}, "trades.0.symbol"),
        ({"trades": [{"symbol": "SOL", "quantity": "many"}]}, "trades.0.quantity"),
        ({"trades": [{"symbol": "SOL", "quantity": "NaN"}]}, "trades.0.quantity"),
        ({"trades": [{"symbol": "SOL", "quantity": "-1000"}]}, "trades.0.quantity"),
        ({"trades": [{"symbol": "SOL"}]}, "trades.0.quantity"),
        ({"trades": [{"symbol": "NOPE", "quantity": "1"}]}, "trades.0.symbol"),
        ({"trades": [{"symbol": "SOL", "weight": 2}]}, "trades.0.weight"),
        ({"trades": [{"symbol": "SOL", "quantity": "-1"}], "window": 1}, "window"),
        ({"trades": [{"symbol": "SOL", "quantity": "-1"}], "fee_rate": "2"}, "fee_rate"),
    ],
)
def test_field_errors_over_the_wire(
    client: Client, owner: User, market: list[str], hold: Hold, body: Any, field: str
) -> None:
    client.force_login(owner)
    answer = post(client, f"/api/risk/portfolios/{hold(HELD).pk}/what-if", body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


def test_strangers_and_empty_portfolios(
    client: Client, owner: User, stranger: User, market: list[str], hold: Hold
) -> None:
    portfolio, empty = hold(HELD), hold({}, "Empty")
    body = {"trades": [{"symbol": "SOL", "quantity": "1"}]}
    client.force_login(stranger)
    assert post(client, f"/api/risk/portfolios/{portfolio.pk}/what-if", body).status_code == 404
    alone = post(client, "/api/risk/what-if", body)
    assert alone.status_code == 200
    assert alone.json()["before"]["value"] == "0"
    client.force_login(owner)
    bought = post(client, f"/api/risk/portfolios/{empty.pk}/what-if", body).json()
    assert bought["before"]["volatility"] is None
    assert bought["after"]["volatility"] > 0
    assert D(bought["cash"]["from_outside"]) > 0
