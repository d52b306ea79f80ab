"""What restores a breached limit: it really does, at least cost, and never trades."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from portfolios.models import Portfolio, Transaction
from portfolios.services import add_transaction, create_portfolio
from risk import restoring, services
from risk.limits import Line, Measure
from risk.models import Limit
from risk.restoring import Ship, after, gauge, plans
from risk.selectors import risk_answer
from risk.selectors.limits import readings_for
from risk.selectors.restoring import restore
from risk.selectors.what_if import what_if
from risk.series import Series
from risk.what_if import Trade
from tests.risk.conftest import Hold

MEASURES = [one for one in Measure if one is not Measure.DAYS_TO_LIQUIDATE]


def series_of(symbols: list[str], weights: np.ndarray, returns: np.ndarray) -> Series:
    start = date(2024, 1, 1)
    days = [start + timedelta(days=n) for n in range(len(returns))]
    shares = weights / weights.sum()
    return Series(
        days=days,
        symbols=symbols,
        weights=shares,
        asset_returns=returns,
        own_returns=returns,
        window_days=days,
        returns=returns @ shares,
        left_out={},
        short={},
    )


def ship(values: dict[str, float], seed: int = 3, turnover: float = 1e6) -> Ship:
    """Coins that move together, the later ones wider, and dollars."""
    symbols = [*values, "USD"] if "USD" not in values else list(values)
    amounts = np.array([values.get(symbol, 0.0) for symbol in symbols])
    rng = np.random.default_rng(seed)
    market = rng.standard_t(4, 365) * 0.02
    returns = np.column_stack(
        [
            np.zeros(365)
            if symbol == "USD"
            else np.clip(market + rng.standard_t(4, 365) * 0.01 * (at + 1), -0.6, 0.9)
            for at, symbol in enumerate(symbols)
        ]
    )
    return Ship(
        symbols=symbols,
        kinds=["fiat" if symbol == "USD" else "coin" for symbol in symbols],
        values=amounts,
        cash=symbols.index("USD"),
        series=series_of(symbols, amounts, returns),
        turnover=np.array([np.inf if symbol == "USD" else turnover for symbol in symbols]),
    )


@pytest.mark.parametrize(
    ("line", "values", "sold"),
    [
        # 60 of 100 in A; 50 of 100 when 10 are sold
        (Line(Measure.LARGEST_WEIGHT, 0.5), {"A": 60, "B": 30, "USD": 10}, {"A": 10}),
        (Line(Measure.LARGEST_WEIGHT, 0.3), {"A": 40, "B": 35, "USD": 25}, {"A": 10, "B": 5}),
        (Line(Measure.LARGEST_WEIGHT, 0.1, asset="B"), {"A": 60, "B": 30, "USD": 10}, {"B": 20}),
        # the riskier of equal ones is sold
        (Line(Measure.STABLE_SHARE, 0.2), {"A": 45, "B": 45, "USD": 10}, {"B": 10}),
        # 100,000 a day can be sold of each
        (Line(Measure.DAYS_TO_LIQUIDATE, 2.0), {"A": 5e5, "B": 1e5, "USD": 0}, {"A": 3e5}),
        (
            Line(Measure.DAYS_TO_LIQUIDATE, 2.0),
            {"A": 5e5, "B": 3e5, "USD": 0},
            {"A": 3e5, "B": 1e5},
        ),
    ],
)
def test_the_least_sale(line: Line, values: dict[str, float], sold: dict[str, float]) -> None:
    boat = ship(values)
    best = plans(line, boat, fee_rate=0.0, least=0.0)[0]
    told = {
        symbol: amount
        for symbol, amount in zip(boat.symbols, best.sold.tolist(), strict=True)
        if amount
    }
    assert told == pytest.approx(sold, rel=1e-6)


@pytest.mark.parametrize("measure", [Measure.VAR, Measure.CVAR, Measure.VOLATILITY])
def test_one_line_of_risk_is_met_where_it_is_cheapest(measure: Measure) -> None:
    boat = ship({"A": 50, "B": 30, "C": 20, "USD": 0})
    now = gauge(Line(measure, 1.0), boat)(boat.values)
    assert now is not None
    line = Line(measure, now * 0.8)
    found = plans(line, boat, fee_rate=0.001, least=0.0)
    restored = gauge(line, boat)(after(boat, found[0].sold, 0.001))
    assert restored == pytest.approx(line.threshold, rel=1e-4)
    assert found[0].fee <= min(plan.fee for plan in found) * (1 + restoring.ALIKE)
    assert len(found) >= 4


def test_what_no_sale_restores() -> None:
    boat = ship({"A": 100, "USD": 0})
    # one coin beside money always carries all the risk, until nothing of it is left
    (sell_all,) = plans(Line(Measure.LARGEST_RISK_SHARE, 0.5), boat, fee_rate=0.001, least=0.0)
    assert sell_all.sold.tolist() == pytest.approx([100, 0])
    unknown = ship({"A": 100, "USD": 0}, turnover=float("nan"))
    assert gauge(Line(Measure.DAYS_TO_LIQUIDATE, 1), unknown)(unknown.values) is None


def test_orders_are_no_smaller_than_the_venue_takes() -> None:
    boat = ship({"A": 60, "B": 30, "DUST": 1, "USD": 9})
    (best, *_) = plans(Line(Measure.LARGEST_WEIGHT, 0.599), boat, fee_rate=0.0, least=10.0)
    assert best.sold.tolist() == pytest.approx([10, 0, 0, 0])
    for plan in plans(Line(Measure.STABLE_SHARE, 0.5), boat, fee_rate=0.0, least=10.0):
        assert all(sold == 0 or sold >= 10 - 1e-9 for sold in plan.sold)


books = st.lists(st.floats(10, 1000), min_size=2, max_size=6)


@settings(deadline=None, max_examples=60)
@given(books, st.floats(0, 500), st.sampled_from(MEASURES), st.floats(0.5, 0.97), st.integers(0, 9))
def test_every_plan_restores_and_sells_no_more_than_is_held(
    amounts: list[float], cash: float, measure: Measure, part: float, seed: int
) -> None:
    boat = ship({f"C{n}": amount for n, amount in enumerate(amounts)} | {"USD": cash}, seed)
    now = gauge(Line(measure, 0.5), boat)(boat.values)
    assert now is not None
    target = 1 - (1 - now) * part if measure is Measure.STABLE_SHARE else now * part
    line = Line(measure, target)
    for plan in plans(line, boat, fee_rate=0.001, least=1.0):
        assert (plan.sold >= 0).all()
        assert (plan.sold <= boat.values + 1e-9).all()
        assert plan.sold[boat.cash] == 0
        restored = gauge(line, boat)(after(boat, plan.sold, 0.001))
        assert restored is not None
        assert not line.breached_by(restored)
        assert plan.fee == pytest.approx(plan.sold.sum() * 0.001)


@settings(deadline=None)
@given(books, st.floats(1, 2000), st.sampled_from(MEASURES), st.integers(0, 9))
def test_paying_in_money_never_worsens_a_limit(
    amounts: list[float], paid: float, measure: Measure, seed: int
) -> None:
    boat = ship({f"C{n}": amount for n, amount in enumerate(amounts)} | {"USD": 5.0}, seed)
    line = Line(measure, 0.5)
    richer = boat.values.copy()
    richer[boat.cash] += paid
    before, then = gauge(line, boat)(boat.values), gauge(line, boat)(richer)
    assert before is not None
    assert then is not None
    if measure in {Measure.VAR, Measure.CVAR} and before < 0:
        return  # a portfolio that gains even then gains less with money beside it
    if measure is Measure.CURRENT_DRAWDOWN:
        return  # a calmer path has its peak elsewhere: no law holds
    assert line.worse(then, before) == pytest.approx(before, abs=1e-12)


def drawn(owner: User, portfolio: Portfolio | None, measure: str, **more: Any) -> Limit:
    """A limit that today's figures breach by a fifth."""
    usual = services.create_limit(
        owner=owner,
        measure=measure,
        threshold=0.5,
        portfolio=portfolio.pk if portfolio else None,
        **more,
    )
    value = usual.value or 0.0
    tight = 1 - (1 - value) * 0.8 if measure == "stable_share" else value * 0.8
    return services.update_limit(limit=usual, threshold=tight)


@pytest.mark.parametrize(
    ("measure", "more"),
    [
        ("var", {}),
        ("var", {"confidence": 0.9, "horizon": 10}),
        ("cvar", {}),
        ("volatility", {}),
        ("max_drawdown", {}),
        ("largest_weight", {}),
        ("largest_weight", {"symbol": "SOL"}),
        ("largest_risk_share", {}),
        ("stable_share", {}),
        ("days_to_liquidate", {}),
    ],
)
def test_after_the_trades_the_limit_holds(
    owner: User, market: list[str], measure: str, more: dict[str, Any]
) -> None:
    portfolio = create_portfolio(owner=owner, name="Cash tracked", track_cash=True)
    for symbol, quantity in {"BTC": "1", "ETH": "10", "SOL": "300", "DOGE": "9000"}.items():
        _deposit(portfolio, symbol, quantity)
    limit = drawn(owner, portfolio, measure, **more)
    assert limit.line.state(limit.value) == "over"
    found = restore(limit)
    assert found["reason"] == ""
    assert found["trades"]
    assert not limit.line.breached_by(found["after"])
    assert Transaction.objects.filter(type="sell").count() == 0
    for trade in found["trades"]:
        add_transaction(
            portfolio=portfolio,
            type="sell",
            symbol=trade["symbol"],
            quantity=Decimal(trade["quantity"]),
            price=Decimal(trade["price"]),
            currency="USD",
            fee=Decimal(trade["fee"]),
            fee_symbol="USD",
            executed_at=datetime.now(UTC),
        )
    portfolio.refresh_from_db()
    value = readings_for([Limit.objects.get(pk=limit.pk)])[limit.pk][0].value
    assert value == pytest.approx(found["after"], rel=1e-6)
    assert services.evaluate_limits([portfolio.pk]) != []
    assert limit.breaches.filter(closed_at=None).count() == 0
    realised = sum(Decimal(trade["realised_gain"]) for trade in found["trades"])
    assert Decimal(found["realised_gain"]) == realised
    sold = portfolio.holdings.filter(asset__symbol__in=[t["symbol"] for t in found["trades"]])
    assert sum(row.realised for row in sold) == pytest.approx(realised, abs=Decimal("1e-9"))


def _deposit(portfolio: Portfolio, symbol: str, quantity: str) -> None:
    add_transaction(
        portfolio=portfolio,
        type="deposit",
        symbol=symbol,
        quantity=Decimal(quantity),
        executed_at=datetime(2025, 1, 2, 12, tzinfo=UTC),
    )


def test_no_cheaper_single_sale_does_it(owner: User, market: list[str], hold: Hold) -> None:
    """Against a search by brute force over every coin."""
    portfolio = hold({"BTC": "1", "ETH": "10", "SOL": "300", "DOGE": "9000"})
    limit = drawn(owner, portfolio, "var")
    found = restore(limit)
    answer = risk_answer(portfolio)
    for part in answer["contributions"]:
        almost = Decimal(found["sold"]) * Decimal("0.99")
        if Decimal(part["value"]) < almost:
            continue
        held = portfolio.holdings.get(asset__symbol=part["symbol"]).quantity
        price = Decimal(part["value"]) / held
        tried = what_if(owner, portfolio, [Trade(part["symbol"], -almost / price)])
        assert tried["after"]["var"]["historical"]["fraction"] > limit.threshold


def test_over_all_portfolios_the_sale_says_whose(
    owner: User, market: list[str], hold: Hold
) -> None:
    first, second = hold({"SOL": "100", "BTC": "0.1"}), hold({"SOL": "300"}, "Second")
    limit = services.create_limit(owner=owner, measure="largest_weight", threshold=0.05)
    found = restore(limit)
    whose = [(trade["portfolio"], trade["symbol"]) for trade in found["trades"]]
    assert (second.pk, "SOL") in whose
    assert (first.pk, "SOL") in whose
    assert sum(Decimal(trade["value"]) for trade in found["trades"]) == pytest.approx(
        Decimal(found["sold"])
    )


def test_a_limit_that_holds_needs_no_trade(owner: User, market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "1"})
    calm = services.create_limit(owner=owner, measure="var", threshold=0.9, portfolio=portfolio.pk)
    assert restore(calm)["reason"] == "It is not breached."
    empty = services.create_limit(
        owner=owner, measure="var", threshold=0.9, portfolio=hold({}, "Empty").pk
    )
    assert restore(empty)["reason"] == "It cannot be measured now."
