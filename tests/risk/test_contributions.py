"""Parts of the whole, and what else an answer may be asked: through the API and the selectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from markets.models import Asset
from risk import measures
from risk.contributions import details
from risk.measures import Method
from risk.selectors import risk_answer
from risk.series import Series, build
from tests.risk.conftest import LAST, Hold, days

HELD = {"BTC": "0.5", "ETH": "5", "SOL": "100"}
LOSSES = {
    "var_historical": ("var", "historical"),
    "var_parametric": ("var", "parametric"),
    "cvar_historical": ("cvars", "historical"),
    "cvar_parametric": ("cvars", "parametric"),
}


@pytest.fixture
def mine(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_parts_over_the_api(mine: Client, market: list[str], hold: Hold) -> None:
    pk = hold({**HELD, "USD": "9000"}).pk
    answer: dict[str, Any] = mine.get(
        f"/api/risk/portfolios/{pk}/contributions?horizon=10&confidence=0.9"
    ).json()
    rows = answer["contributions"]
    for name, (group, method) in LOSSES.items():
        whole = answer[group][method]["fraction"]
        parts = [row["component"][name]["fraction"] for row in rows]
        assert sum(parts) == pytest.approx(whole, abs=1e-9), name
        for row, part in zip(rows, parts, strict=True):
            assert part == pytest.approx(row["marginal"][name] * row["weight"], abs=1e-12)
    money = next(row for row in rows if row["symbol"] == "USD")
    assert all(money["incremental"][name]["fraction"] == 0 for name in LOSSES)
    assert answer["effective_assets_by_risk"] <= 3.5


def test_incremental_is_what_a_sale_saves(market: list[str], hold: Hold) -> None:
    """The figures of the whole less those of the same book with SOL turned into dollars."""
    whole = risk_answer(hold(HELD))
    sol = next(part for part in whole["contributions"] if part["symbol"] == "SOL")
    sold = risk_answer(hold({"BTC": "0.5", "ETH": "5", "USD": sol["value"]}, "Sold"))
    found = details(_series(market), confidence=0.95, horizon=1)["SOL"].incremental
    for name, (group, method) in LOSSES.items():
        saved = whole[group][method]["fraction"] - sold[group][method]["fraction"]
        assert getattr(found, name) == pytest.approx(saved, abs=1e-9), name


def _series(lines: list[str]) -> Series:
    """Of HELD, from the lines of the file."""
    closes = {
        symbol: [float(row.split(",")[5]) for row in lines if f",{symbol}USDT," in row][-366:]
        for symbol in HELD
    }
    values = np.array([float(HELD[s]) * closes[s][-1] for s in HELD])
    order = np.argsort(-values)
    symbols = [list(HELD)[at] for at in order]
    matrix = np.column_stack([closes[symbol] for symbol in symbols])
    dates = [LAST.fromisoformat(day).date() for day in days(366)]
    return build(symbols, values[order] / values.sum(), dates, matrix, 365)


@given(st.integers(1, 8), st.integers(0, 10_000), st.sampled_from([0.9, 0.95]))
@settings(max_examples=60, deadline=None)
def test_details_sum_and_do_not_care_for_order(assets: int, seed: int, c: float) -> None:
    rng = np.random.default_rng(seed)
    moves = np.clip(rng.standard_t(4, (201, assets)) * 0.03, -0.5, 0.5)
    closes = np.asarray(np.cumprod(1 + moves, axis=0), dtype=np.float64)
    weights = rng.dirichlet(np.ones(assets))
    names = [f"A{at}" for at in range(assets)]
    dates = [LAST.fromisoformat(day).date() for day in days(201)]
    order = rng.permutation(assets)
    series = build(names, weights, dates, closes, 200)
    other = build([names[i] for i in order], weights[order], dates, closes[:, order], 200)
    one, two = (details(s, confidence=c, horizon=1) for s in (series, other))
    for name, (group, method) in LOSSES.items():
        door = measures.var if group == "var" else measures.cvar
        total = sum(getattr(one[asset].component, name) for asset in names)
        assert total == pytest.approx(door(method, series.returns, confidence=c), abs=1e-9)
        for asset in names:
            for kind in ("component", "marginal", "incremental"):
                mine, its = getattr(one[asset], kind), getattr(two[asset], kind)
                assert getattr(mine, name) == pytest.approx(getattr(its, name), abs=1e-9)


def test_no_parts_of_a_tail_too_thin(market: list[str]) -> None:
    assert details(_series(market), confidence=0.99, horizon=1) == {}


def test_the_method_asked_for_is_in_the_sentence(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    for method in Method:
        answer = risk_answer(portfolio, method=method.value)
        assert answer["chosen"] == {"var": answer["var"][method], "cvar": answer["cvars"][method]}
        if answer["chosen"]["var"] is not None:
            assert f"{answer['chosen']['var']['fraction'] * 100:.1f} %" in answer["sentence"]
    none = risk_answer(portfolio, method="parametric", scaling="overlapping", horizon=10)
    assert none["chosen"]["var"] is None
    assert "no figure here" in none["sentence"]
    assert any("historical methods alone" in said for said in none["warnings"])


def test_var_is_at_most_cvar_by_every_method(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    for scaling in ("square_root", "overlapping", "simulated"):
        answer = risk_answer(portfolio, scaling=scaling, horizon=5)
        for method in Method:
            var, cvar = answer["var"][method], answer["cvars"][method]
            assert (var is None) == (cvar is None)
            assert var is None or var["fraction"] <= cvar["fraction"]


def test_cash_lowers_every_method(market: list[str], hold: Hold) -> None:
    bare, mixed = risk_answer(hold(HELD)), risk_answer(hold({**HELD, "USD": "50000"}, "Mixed"))
    for method in Method:
        for name in ("var", "cvars"):
            if bare[name][method] is not None:
                assert mixed[name][method]["fraction"] < bare[name][method]["fraction"]


def test_a_seed_moves_simulated_losses_alone(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    one = risk_answer(portfolio, scaling="simulated", horizon=10, seed=1)
    two = risk_answer(portfolio, scaling="simulated", horizon=10, seed=2)
    assert one["var"]["ewma"] != two["var"]["ewma"]
    assert one["volatility"] == two["volatility"]


def test_another_benchmark(market: list[str], hold: Hold) -> None:
    portfolio = hold({"ETH": "1"})
    by_own, by_itself = risk_answer(portfolio), risk_answer(portfolio, benchmark="eth")
    assert (by_own["benchmark"], by_itself["benchmark"]) == ("BTC", "ETH")
    assert by_itself["beta"] == pytest.approx(1)
    assert by_itself["tracking_error"] == 0
    assert by_itself["information_ratio"] is None
    assert by_itself["capture"] == {"up": pytest.approx(1), "down": pytest.approx(1)}
    with pytest.raises(ValidationError) as caught:
        risk_answer(portfolio, benchmark="NOBODY")
    assert list(caught.value.message_dict) == ["benchmark"]
    assert Asset.objects.filter(symbol="USD").exists()
    money = risk_answer(portfolio, benchmark="USD")
    assert money["beta"] is None
    assert any("Beta is undefined" in said for said in money["warnings"])


def test_dates_of_the_drawdown(market: list[str], hold: Hold) -> None:
    fall = risk_answer(hold(HELD))["drawdown"]
    assert fall["start"] < fall["trough"]
    assert fall["recovery"] is None or fall["recovery"] > fall["trough"]
    assert fall["longest_days"] >= 1


@pytest.mark.parametrize("method", ["sample", "ledoit_wolf", "ewma"])
def test_diversification_by_any_covariance(market: list[str], hold: Hold, method: str) -> None:
    answer = risk_answer(hold(HELD), correlation=method)
    assert 1 <= answer["diversification_ratio"] <= math.sqrt(3)
    assert -1 <= answer["average_correlation"] <= 1
    alone = risk_answer(hold({"BTC": "1"}, "Alone"), correlation=method)
    assert alone["diversification_ratio"] == pytest.approx(1)
    assert alone["effective_assets_by_risk"] == pytest.approx(1)


def test_every_figure_says_what_it_means(market: list[str], hold: Hold) -> None:
    answer = risk_answer(hold(HELD))
    for name in ("var_student_t", "cvars_filtered_historical", "omega", "liquidity", "proxied"):
        why = answer["explain"][name]
        assert why["meaning"].endswith(".")
        assert why["formula"]
        assert why["observations"] == 365
