"""Days without a price: with what they are filled, and that it is said."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.models import Venue
from markets.services import import_candles
from risk import measures, proxies
from risk.measures import Array
from risk.proxies import Source, fill
from risk.selectors import risk_answer
from tests.risk.conftest import HEADER, Hold, days, line

RNG = np.random.default_rng(17)
BTC: Array = RNG.normal(0, 0.03, 200)
ETH: Array = 1.2 * BTC + RNG.normal(0, 0.01, 200)


def nobody(symbol: str) -> tuple[list[str], Array]:
    return [], np.empty((200, 0))


LEADERS = Source({"BTC": BTC, "ETH": ETH}, nobody)


def young(own: Array, first: int) -> Array:
    column = own.copy()
    column[:first] = np.nan
    return column[:, None]


def test_the_slope_is_fitted_on_its_own_days_and_its_noise_kept() -> None:
    noise = RNG.normal(0, 0.005, 200)
    own = young(1.7 * BTC + noise, 120)
    filled, [proxy] = fill(["NEW"], own, LEADERS)
    assert (proxy.symbol, proxy.days, proxy.own_days) == ("NEW", 120, 80)
    assert (proxy.method, proxy.by) == ("beta", "BTC")
    slope = measures.beta(own[120:, 0], BTC[120:])
    assert proxy.beta == pytest.approx(slope)
    residuals = own[120:, 0] - proxy.beta * BTC[120:]
    residuals -= residuals.mean()
    expected = proxy.beta * BTC[:120] + np.resize(residuals, 120)
    assert filled[:120, 0] == pytest.approx(expected)
    assert (filled[120:, 0] == own[120:, 0]).all()
    assert np.isnan(own[:120]).all()  # the input is left alone


def test_its_drift_is_not_carried_back() -> None:
    own = young(BTC + 0.05 + RNG.normal(0, 0.001, 200), 100)
    filled, _ = fill(["NEW"], own, LEADERS)
    assert filled[:100].mean() == pytest.approx(BTC[:100].mean(), abs=0.002)


def test_eth_leads_what_follows_eth() -> None:
    _, [proxy] = fill(["NEW"], young(ETH * 0.8, 100), LEADERS)
    assert proxy.by == "ETH"
    assert proxy.beta == pytest.approx(0.8)


def test_a_leader_never_leads_itself() -> None:
    alone = Source({"BTC": BTC}, nobody)
    own = young(BTC, 100)
    filled, found = fill(["BTC"], own, alone)
    assert found == []
    assert np.isnan(filled[:100]).all()


def test_too_young_for_a_slope_moves_like_the_median_of_its_kind() -> None:
    peers = np.column_stack([BTC * size for size in (0.5, 3.0, 1.0)])
    source = Source({"BTC": BTC}, lambda _: (["CALM", "WILD", "USUAL"], peers))
    own = young(BTC * 9, 190)
    filled, [proxy] = fill(["NEW"], own, source)
    assert (proxy.method, proxy.by, proxy.beta) == ("category", "USUAL", 1.0)
    assert (filled[:190, 0] == peers[:190, 2]).all()
    assert (filled[190:, 0] == own[190:, 0]).all()


def test_a_peer_with_holes_stands_for_nobody() -> None:
    holed = np.column_stack([BTC, BTC])
    holed[3, 0] = np.nan
    source = Source({}, lambda _: (["HOLED", "NEW"], holed))
    filled, found = fill(["NEW"], young(BTC, 190), source)
    assert found == []
    assert np.isnan(filled[:190]).all()


@given(st.integers(0, 200), st.floats(-5, 5), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_filled_returns_are_returns(first: int, slope: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    wild = rng.standard_t(2, 200) * 0.2
    own = np.maximum(slope * wild + rng.normal(0, 0.1, 200), -1)
    filled, found = fill(["NEW"], young(own, first), Source({"BTC": wild}, nobody))
    known = filled[np.isfinite(filled)]
    assert (known >= -1).all()
    assert 0 <= proxies.share(found, {"NEW": 1.0}, 200) <= 1


# --- In an answer --------------------------------------------------------------------------------

HELD = {"BTC": "0.5", "ETH": "5", "SOL": "100"}


def listed(count: int) -> None:
    """NEW, a coin of the last so many days."""
    closes = [2.0 * (1 + 0.1 * math.sin(1.7 * i)) for i in range(count)]
    rows = [line(day, "NEW", c) for day, c in zip(days(count), closes, strict=True)]
    import_candles([HEADER, *rows], "stored")


@pytest.mark.parametrize(("count", "method"), [(150, "beta"), (20, "category"), (1, "category")])
def test_a_young_coin_is_proxied_and_it_is_said(
    market: list[str], hold: Hold, count: int, method: str
) -> None:
    listed(count)
    answer = risk_answer(hold({"BTC": "0.01", "NEW": "1000"}))
    assert answer["observations"] == 365
    [proxy] = answer["proxied"]["assets"]
    expected = ("NEW", 365 - (count - 1), count - 1, method)
    assert (proxy["symbol"], proxy["days"], proxy["own_days"], proxy["method"]) == expected
    weight = next(p["weight"] for p in answer["contributions"] if p["symbol"] == "NEW")
    assert answer["proxied"]["share"] == pytest.approx(weight * proxy["days"] / 365)
    assert any(said.startswith("NEW has") and proxy["by"] in said for said in answer["warnings"])
    parts: list[dict[str, Any]] = answer["contributions"]
    assert sum(part["risk_share"] for part in parts) == pytest.approx(1)
    assert answer["cvar"] is not None


def test_whole_histories_need_no_proxy(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    answer = risk_answer(portfolio)
    assert answer["proxied"] == {"share": 0.0, "assets": []}
    assert answer["var"] == risk_answer(portfolio, proxy=False)["var"]


def test_a_hole_of_a_day_is_filled(market: list[str], hold: Hold) -> None:
    gone = days(40)[0]
    kept = [row for row in market[1:] if not row.startswith(f"{gone},SOL")]
    import_candles([HEADER, *kept], "holed")

    portfolio = hold(HELD, venue=Venue.objects.get(slug="holed"))
    answer = risk_answer(portfolio)
    assert answer["observations"] == 365
    assert [p["days"] for p in answer["proxied"]["assets"]] == [2]
    assert risk_answer(portfolio, proxy=False)["observations"] == 363
