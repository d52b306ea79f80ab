"""Scenarios, pure: crises to the letter of the data, proxies, reverse stress, the worst stretch."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.measures import Array
from risk.scenarios import (
    Asset,
    Beta,
    Price,
    along,
    betas,
    changes_at,
    crises,
    custom,
    depeg,
    reach,
    replay,
    staked_discount,
    worst_stretch,
)

BTC, ETH, SOL, NEW = Asset("BTC"), Asset("ETH"), Asset("SOL"), Asset("NEW")
USDC, USD = Asset("USDC", "stablecoin"), Asset("USD", "fiat")
CRISES = {crisis.key: crisis for crisis in crises()}
OWN = {"BTC": Beta(1.0), "SOL": Beta(1.6), "ETH": Beta(1.2), "USDC": Beta(0.0), "USD": Beta(0.0)}


def test_the_seven_crises_in_order() -> None:
    starts = [crisis.start for crisis in crises()]
    assert len(starts) == 7
    assert starts == sorted(starts)
    assert all("BTC" in crisis.shocks and len(crisis.shocks["BTC"]) == 3 for crisis in crises())


@pytest.mark.parametrize(
    ("key", "symbol", "price", "change"),
    [
        ("covid", "BTC", Price.CLOSE, -0.4421),
        ("covid", "BTC", Price.LOWEST_TRADE, -0.4545),
        ("may_2021", "SOL", Price.CLOSE, -0.1731),
        ("covid", "USDC", Price.WORST_CLOSE, -0.0031),
        ("terra", "BTC", Price.CLOSE, -0.206),
        ("june_2022", "BTC", Price.CLOSE, -0.37),
        ("ftx", "BTC", Price.LOWEST_TRADE, -0.2738),
        ("august_2024", "BTC", Price.CLOSE, -0.1645),
        ("october_2025", "BTC", Price.LOWEST_TRADE, -0.1691),
        ("october_2025", "USD", Price.CLOSE, 0.0),
        ("ftx", "USDC", Price.CLOSE, 0.0),
    ],
)
def test_what_traded_then_moves_as_it_did(
    key: str, symbol: str, price: Price, change: float
) -> None:
    shock = replay(CRISES[key], [BTC, SOL, USDC, USD], OWN, price)[symbol]
    assert (shock.change, shock.how) == (change, "")


@pytest.mark.parametrize(
    ("key", "asset", "beta", "change", "how"),
    [
        ("covid", SOL, Beta(1.6), 1.6 * -0.4421, "beta 1.60 to BTC"),
        ("covid", SOL, Beta(3.0), -1.0, "beta 3.00 to BTC"),
        ("ftx", Asset("WBTC"), Beta(0.9), -0.2536, "as BTC"),
        ("covid", Asset("STETH"), Beta(1.1), -0.5277, "as ETH"),
        ("june_2022", Asset("STETH"), Beta(1.1), None, "approximate: stETH"),
        ("terra", Asset("USTC", "stablecoin"), Beta(0.0), -0.9, "approximate: TerraUSD"),
        ("covid", NEW, Beta(1.3, "too short"), -0.4892, "median of the 19 coins"),
    ],
)
def test_what_did_not_trade_is_proxied_and_says_so(
    key: str, asset: Asset, beta: Beta, change: float | None, how: str
) -> None:
    shock = replay(CRISES[key], [asset], {asset.symbol: beta})[asset.symbol]
    assert shock.how.startswith(how)
    if change is None:
        eth = CRISES["june_2022"].shocks["ETH"][0]
        change = (1 + eth) * (1 - 0.055) - 1
    assert shock.change == pytest.approx(change, abs=6e-3 if asset is NEW else 1e-12)


def moves(days: int = 100, seed: int = 2) -> tuple[Array, Array]:
    """Returns of a factor, and of three assets: twice it, unrelated money, a young one."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(0, 0.03, days)
    young = np.where(np.arange(days) < days - 20, np.nan, factor)
    return factor, np.column_stack([factor, 2 * factor, np.zeros(days), young])


def test_betas() -> None:
    factor, returns = moves()
    found = betas([BTC, SOL, USD, NEW], returns, factor, "BTC")
    assert found["BTC"] == Beta(1.0)
    assert found["SOL"].value == pytest.approx(2.0)
    assert found["USD"] == Beta(0.0)
    assert found["NEW"].value == pytest.approx(1.5)
    assert "median" in found["NEW"].how
    alone = betas([NEW], returns[:, 3:], factor, "BTC")
    assert (alone["NEW"].value, bool(alone["NEW"].how)) == (1.0, True)
    wrapped = betas([BTC, Asset("WBTC")], returns[:, [0, 3]], factor, "BTC")
    assert wrapped["WBTC"] == Beta(1.0, "as BTC: beta 1")
    staked = betas([ETH, Asset("STETH")], returns[:, [1, 3]], factor, "BTC")
    assert staked["STETH"].value == pytest.approx(2.0)
    assert staked["STETH"].how.startswith("as ETH")


def test_factors_pegs_discounts_and_own_shocks() -> None:
    shocks = along({"BTC": Beta(1.0), "SOL": Beta(4.0, "median beta 4")}, -0.3, "BTC")
    assert (shocks["BTC"].change, shocks["SOL"].change) == (-0.3, -1.0)
    assert shocks["SOL"].how == "median beta 4 to BTC"
    assert depeg([BTC, USDC, USD], 0.88)["USDC"].change == pytest.approx(-0.12)
    assert {depeg([BTC, USDC, USD], 0.88)[s].change for s in ("BTC", "USD")} == {0.0}
    assert staked_discount([BTC], 0.06) == {}
    assert staked_discount([BTC, Asset("STETH")], 0.06)["STETH"].change == -0.06
    own = custom([BTC, SOL, USDC], {"SOL": -0.5}, {"coin": -0.2})
    assert [own[s].change for s in ("BTC", "SOL", "USDC")] == [-0.2, -0.5, 0.0]


@pytest.mark.parametrize(
    ("weights", "slopes", "target", "most", "strength"),
    [
        ([0.5, 0.5], [1.0, 0.0], 0.2, 1.0, 0.4),  # half in coins: they must fall by 40 %
        ([0.5, 0.5], [1.0, 0.0], 0.6, 1.0, None),  # even all of it is not enough
        ([0.5, 0.5], [2.0, 1.0], 0.6, 1.0, 0.4),
        ([0.5, 0.5], [2.0, 1.0], 0.8, 1.0, 0.6),  # the first is gone at 0.5
        ([0.5, 0.5], [1.0, -0.5], 0.2, 1.0, 0.8),  # the second gains
        ([0.5, 0.5], [1.0, -0.9], 0.2, 1.0, None),
        ([1.0], [0.1], 0.5, np.inf, 5.0),
        ([1.0], [-0.1], 0.5, np.inf, None),
        ([1.0], [0.0], 0.5, 1.0, None),
        ([1.0], [1.0], 1.0, 1.0, 1.0),
        ([1.0], [1.0], 0.0, 1.0, 0.0),
    ],
)
def test_what_it_takes(
    weights: list[float], slopes: list[float], target: float, most: float, strength: float | None
) -> None:
    found = reach(np.array(weights), np.array(slopes), target, most)
    assert found == (None if strength is None else pytest.approx(strength))


BOOK = st.lists(st.tuples(st.floats(0.01, 1.0), st.floats(-1.0, 4.0)), min_size=1, max_size=8).map(
    lambda rows: (np.array([w for w, _ in rows]), np.array([s for _, s in rows]))
)


@given(BOOK, st.floats(0.01, 0.9))
def test_what_it_takes_loses_just_that(book: tuple[Array, Array], target: float) -> None:
    weights, slopes = book[0] / book[0].sum(), book[1]
    strength = reach(weights, slopes, target, 1.0)
    if strength is None:
        tried = np.linspace(0, 1, 201)
        assert max(-(weights @ changes_at(slopes, s)) for s in tried) < target + 1e-9
    else:
        assert -(weights @ changes_at(slopes, strength)) == pytest.approx(target, abs=1e-9)


@given(BOOK, st.floats(0.01, 0.4), st.floats(0.0, 0.4), st.randoms(use_true_random=False))
def test_deeper_is_worse_and_order_is_nothing(
    book: tuple[Array, Array], target: float, more: float, dice: object
) -> None:
    weights, slopes = book[0] / book[0].sum(), np.abs(book[1])
    order = np.argsort(np.random.default_rng(len(weights)).random(len(weights)))
    shallow, deep = reach(weights, slopes, target), reach(weights, slopes, target + more)
    assert reach(weights[order], slopes[order], target) == pytest.approx(shallow)
    if shallow is not None and deep is not None:
        assert deep >= shallow - 1e-12
        lost = [-(weights @ changes_at(slopes, s)) for s in (shallow, deep)]
        assert lost[1] >= lost[0] - 1e-12


def stretch_days(count: int) -> list[date]:
    return [date(2024, 1, 1) + timedelta(days=at) for at in range(count)]


def test_the_worst_stretch_by_hand() -> None:
    closes = np.array([[100.0, 10.0], [90.0, 10.0], [95.0, 5.0], [96.0, 6.0]])
    found = worst_stretch(
        stretch_days(4),
        closes,
        np.array([0.5, 0.5]),
        betas=np.array([1.0, 1.0]),
        factor=closes[:, 0],
        length=2,
    )
    assert found is not None
    assert (found.start, found.end) == (date(2024, 1, 1), date(2024, 1, 3))
    assert found.change == pytest.approx(0.5 * -0.05 + 0.5 * -0.5)
    assert not found.proxied.any()


def test_a_stretch_without_a_close_is_proxied_or_passed_over() -> None:
    nan = np.nan
    closes = np.array([[100.0, nan], [50.0, nan], [nan, nan], [60.0, 8.0], [59.0, 8.0]])
    weights, factor = np.array([0.5, 0.5]), closes[:, 0]
    found = worst_stretch(
        stretch_days(5), closes, weights, betas=np.array([1.0, 1.5]), factor=factor, length=1
    )
    assert found is not None
    assert found.start == date(2024, 1, 1)
    assert found.changes.tolist() == pytest.approx([-0.5, -0.75])
    assert found.proxied.tolist() == [False, True]
    gone = np.full((5, 2), nan)
    money = worst_stretch(
        stretch_days(5), closes, weights, betas=np.array([1.0, 0.0]), factor=factor, length=1
    )
    assert money is not None
    assert not money.proxied.any()
    assert (
        worst_stretch(stretch_days(5), closes, weights, betas=np.ones(2), factor=factor, length=5)
        is None
    )
    assert (
        worst_stretch(stretch_days(5), gone, weights, betas=np.ones(2), factor=gone[:, 0], length=1)
        is None
    )


@given(st.integers(0, 2**31), st.integers(1, 9))
def test_the_worst_stretch_does_not_know_the_order_of_assets(seed: int, length: int) -> None:
    rng = np.random.default_rng(seed)
    closes = 100 * np.cumprod(1 + rng.normal(0, 0.05, (40, 4)), axis=0)
    weights = rng.dirichlet(np.ones(4))
    order = rng.permutation(4)
    one, other = (
        worst_stretch(
            stretch_days(40),
            np.asarray(closes[:, columns]),
            weights[columns],
            betas=np.ones(4),
            factor=np.asarray(closes[:, 0]),
            length=length,
        )
        for columns in (np.arange(4), order)
    )
    assert one is not None
    assert other is not None
    assert one.start == other.start
    assert one.change == pytest.approx(other.change)
