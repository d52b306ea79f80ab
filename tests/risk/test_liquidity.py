"""How long a sale takes, and the VaR that waits for it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from markets.services import import_candles
from risk import liquidity, measures
from risk.selectors import risk_answer
from tests.risk.conftest import HEADER, Hold, days

RNG = np.random.default_rng(31)


@pytest.mark.parametrize(
    ("days_taken", "factor"),
    [(0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (2.0, math.sqrt(15 / 12)), (10.0, math.sqrt(231 / 60))],
)
def test_factor(days_taken: float, factor: float) -> None:
    assert liquidity.factor(days_taken) == pytest.approx(factor)


def test_sales() -> None:
    found = liquidity.sales(
        {"BTC": 1000.0, "NEW": 500.0, "USD": 70.0}, {"BTC": 2000.0, "NEW": None}, ["USD"]
    )
    assert [(sale.symbol, sale.days) for sale in found] == [
        ("BTC", pytest.approx(5.0)),
        ("NEW", None),
        ("USD", 0.0),
    ]


def test_what_sells_within_a_day_needs_no_adjustment() -> None:
    returns, weights = RNG.normal(0, 0.03, (200, 2)), np.array([0.4, 0.6])
    plain = measures.historical_var(returns @ weights)
    assert liquidity.adjusted_var(returns, weights, np.ones(2), 0.95) == plain
    slow = liquidity.adjusted_var(returns, weights, np.array([1.0, 2.0]), 0.95)
    assert slow is not None
    assert plain is not None
    assert slow > plain
    assert liquidity.adjusted_var(returns, weights, np.array([1.0, math.nan]), 0.95) is None


def traded(volume: float) -> None:
    """BTC at 100, give or take, of so much volume a day; ETH with none."""
    rows = [HEADER]
    for at, day in enumerate(days(200)):
        price = 100 + 5 * math.sin(1.3 * at)
        rows.append(f"{day},BTCUSDT,{price},{price},{price},{price},{volume}")
        rows.append(f"{day},ETHUSDT,{price},{price},{price},{price},0")
    import_candles(rows, "stored")


def test_days_are_of_thirty_days_of_volume(market: list[str], hold: Hold) -> None:
    traded(50)
    answer = risk_answer(hold({"BTC": "20", "USD": "100"}), window=150, horizon=4)
    closes = [100 + 5 * math.sin(1.3 * at) for at in range(170, 200)]
    turnover = 50 * sum(closes) / 30
    bitcoin, money = answer["liquidity"]["assets"]
    assert bitcoin["turnover"] == pytest.approx(turnover, rel=1e-9)
    expected = 20 * closes[-1] / (0.1 * turnover)
    assert bitcoin["days"] == answer["liquidity"]["days"] == pytest.approx(expected, rel=1e-9)
    assert (money["days"], money["turnover"]) == (0.0, None)
    adjusted = answer["liquidity"]["var"]["fraction"]
    plain = answer["var"]["historical"]["fraction"]
    assert adjusted == pytest.approx(plain * liquidity.factor(expected), rel=1e-9)


def test_no_volume_is_null_and_said(market: list[str], hold: Hold) -> None:
    traded(50)
    answer = risk_answer(hold({"BTC": "1", "ETH": "1"}))
    assert answer["liquidity"]["days"] is None
    assert answer["liquidity"]["var"] is None
    by_symbol = {sale["symbol"]: sale for sale in answer["liquidity"]["assets"]}
    assert by_symbol["ETH"]["turnover"] is None
    assert by_symbol["BTC"]["days"] > 0
    assert any(said.startswith("No volume is stored for ETH") for said in answer["warnings"])
