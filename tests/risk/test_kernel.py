"""The kernel says what the reference says, and what the published numbers are, to 1e-12."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk import measures, reference
from risk.kernel import MEASURES, Universe, measure_many, riskiest
from risk.measures import Array, Measure

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "expected.json").read_text()
)
#: The oracle's names of what the kernel computes.
NAMES = {
    "vol": Measure.VOLATILITY,
    "hvar95_linear_HF7": Measure.VAR_HISTORICAL,
    "pvar95": Measure.VAR_PARAMETRIC,
    "cvar95_RU": Measure.CVAR,
    "sharpe": Measure.SHARPE,
    "sortino": Measure.SORTINO,
    "calmar": Measure.CALMAR,
    "mdd": Measure.MAX_DRAWDOWN,
    "beta": Measure.BETA,
}

Books = list[dict[int, float]]


def csr(books: Books) -> tuple[Any, Any, Array]:
    indptr = np.cumsum([0, *map(len, books)]).astype(np.int64)
    indices = np.array([at for book in books for at in book], dtype=np.int64)
    weights = np.array([share for book in books for share in book.values()], dtype=np.float64)
    return indptr, indices, weights


def hold_to_reference(
    returns: Array,
    benchmark: Array | None,
    books: Books,
    confidence: float = 0.95,
    risk_free: float = 0.0,
) -> np.ndarray[Any, Any]:
    """Both answers agree to 1e-12, relative to figures larger than one."""
    universe = Universe.of([f"A{at}" for at in range(returns.shape[1])], returns, benchmark)
    batch = csr(books)
    found = measure_many(universe, *batch, confidence=confidence, risk_free=risk_free)
    expected = reference.measure_many(
        returns, benchmark, *batch, confidence=confidence, risk_free=risk_free
    )
    for row, wanted in zip(found, expected, strict=True):
        for name in MEASURES:
            want = wanted[name]
            if want is None:
                assert np.isnan(row[name]), (name, row[name])
            else:
                assert row[name] == pytest.approx(want, rel=1e-12, abs=1e-12), name
    return found


def market(days: int, assets: int, seed: int = 5) -> Array:
    rng = np.random.default_rng(seed)
    common = rng.standard_t(4, (days, 1)) * 0.02
    return np.clip(common + rng.standard_t(4, (days, assets)) * 0.02, -0.95, 2.0)


@st.composite
def batches(draw: st.DrawFn) -> tuple[Array, Array, Books]:
    days, assets = draw(st.integers(2, 300)), draw(st.integers(1, 12))
    returns = market(days, assets, draw(st.integers(0, 2**16)))
    shares = st.floats(draw(st.sampled_from([-2.0, 1e-6])), 3.0)
    # A net position of nearly nothing has figures that are rounding noise in both.
    book = st.dictionaries(st.integers(0, assets - 1), shares, max_size=assets).filter(
        lambda b: not b or abs(sum(b.values())) > 0.2
    )
    return returns, returns.mean(axis=1), draw(st.lists(book, max_size=6))


@settings(max_examples=120, deadline=None)
@given(batches(), st.sampled_from([0.8, 0.9, 0.95, 0.99, 0.995]), st.sampled_from([0.0, 0.04]))
def test_equals_the_reference_on_random_sparse_books(
    batch: tuple[Array, Array, Books], confidence: float, risk_free: float
) -> None:
    returns, benchmark, books = batch
    hold_to_reference(returns, benchmark, books, confidence=confidence, risk_free=risk_free)


def test_equals_the_reference_on_ten_years() -> None:
    rng = np.random.default_rng(3)
    books: Books = []
    for _ in range(40):
        held = rng.choice(60, 12, replace=False).tolist()
        books.append(dict(zip(held, rng.dirichlet(np.ones(12)).tolist(), strict=True)))
    returns = market(3650, 60)
    hold_to_reference(returns, returns[:, 0], books)


def shapes() -> dict[str, list[float]]:
    calm = [0.01, -0.02, 0.03, 0.0, -0.01]
    return {
        "zeros": [0.0] * 50,
        "constant": [0.01] * 50,
        "constant loss": [-0.01] * 50,
        "rounding noise": [0.1, 0.1 + 1e-16] * 30,
        "never a loss": [0.0, 0.01, 0.02] * 20,
        "wipe-out": [*calm, -1.0, *calm],
        "wiped out beyond": [*calm, -1.5, 0.5],
        "growth beyond measure": [7.0, 7.5, -0.1] * 100,
        "ties at the quantile": [-0.05] * 30 + [0.01] * 70,
        "two values": [-0.02, 0.02] * 200,
        "two days": [0.01, -0.02],
        "one crash": [0.001] * 1000 + [-0.6] + [0.001, 0.002] * 40,
    }


@pytest.mark.parametrize("name", shapes())
def test_equals_the_reference_where_measures_end(name: str) -> None:
    returns = np.array(shapes()[name])[:, None]
    for benchmark in (None, np.zeros(len(returns)), np.linspace(-0.1, 0.1, len(returns))):
        hold_to_reference(returns, benchmark, [{0: 1.0}, {}, {0: 0.25}])


def test_what_is_undefined_is_nan() -> None:
    found = hold_to_reference(np.zeros((30, 1)), None, [{}, {0: 1.0}])
    assert all(np.isnan(found[0][name]) for name in MEASURES)
    undefined = {str(name) for name in MEASURES if np.isnan(found[1][name])}
    assert undefined == {"var.cornish_fisher", "sharpe", "sortino", "calmar", "beta"}


@pytest.mark.parametrize("days", [0, 1])
def test_fewer_than_two_days_measure_nothing_but_concentration(days: int) -> None:
    found = hold_to_reference(np.full((days, 2), 0.01), None, [{0: 0.5, 1: 0.5}])
    assert [str(name) for name in MEASURES if not np.isnan(found[0][name])] == ["hhi"]


def oracle(case: str) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    """What the kernel says of a series of the oracle: missing days are dropped, as pairs."""
    listed = EXPECTED["series"][case]["returns"]
    returns = np.array([np.nan if value is None else value for value in listed])
    benchmark = np.array(EXPECTED["benchmark"])[: returns.size]
    present = np.isfinite(returns)
    universe = Universe.of(["X"], returns[present][:, None], benchmark[present])
    return measure_many(universe, *csr([{0: 1.0}]))[0], EXPECTED["series"][case]["reference"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", sorted(EXPECTED["series"]))
def test_the_numbers_of_the_oracle(case: str, name: str) -> None:
    found, expected = oracle(case)
    if expected[name] == "NaN" or case == "single_point":
        assert np.isnan(found[NAMES[name]])
    else:
        assert found[NAMES[name]] == pytest.approx(expected[name], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("case", sorted(EXPECTED["series"]))
def test_cornish_fisher_of_the_oracle_inside_its_domain(case: str) -> None:
    found, expected = oracle(case)
    if expected["cf_valid_domain"]:
        assert found[Measure.VAR_CORNISH_FISHER] == pytest.approx(expected["cfvar95"], rel=1e-12)
    else:
        assert np.isnan(found[Measure.VAR_CORNISH_FISHER])


def test_the_riskiest_position_carries_its_euler_share() -> None:
    returns = market(400, 8)
    universe = Universe.of(list("ABCDEFGH"), returns)
    books: Books = [{0: 0.5, 3: 0.3, 7: 0.2}, {}, {5: 1.0}]
    at, share = riskiest(universe, *csr(books))
    weights = np.array([0.5, 0.3, 0.2])
    spread = measures.component_volatility(
        np.cov(returns[:, [0, 3, 7]], rowvar=False, ddof=1), weights
    )
    assert spread is not None
    assert at.tolist() == [int(np.argmax(spread[0])), -1, 3]
    assert share[0] == pytest.approx(spread[0].max() / spread[1], rel=1e-12)
    assert np.isnan(share[1])
    assert share[2] == pytest.approx(1.0)


def test_another_benchmark_keeps_what_is_cached_of_the_assets() -> None:
    returns = market(200, 5)
    first = Universe.of(list("ABCDE"), returns, returns[:, 0])
    covariance, betas = first.covariance, first.betas
    second = first.against(returns[:, 1])
    assert second.covariance is covariance
    assert betas[0] == pytest.approx(1.0)
    assert second.betas[1] == pytest.approx(1.0)


def wrong() -> dict[str, tuple[dict[str, Any], str]]:
    good = {
        "indptr": np.array([0, 1]),
        "indices": np.array([0]),
        "weights": np.array([1.0]),
        "confidence": 0.95,
    }
    return {
        "confidence": ({**good, "confidence": 1.0}, "confidence"),
        "indptr": ({**good, "indptr": np.array([1, 0])}, "indptr must ascend"),
        "sizes": ({**good, "weights": np.array([0.5, 0.5])}, "2 weights"),
        "beyond": ({**good, "indices": np.array([2])}, "within the 2 assets"),
        "nan": ({**good, "weights": np.array([np.nan])}, "weights must be finite"),
    }


@pytest.mark.parametrize("name", wrong())
def test_a_batch_that_is_none_is_refused(name: str) -> None:
    universe = Universe.of(["A", "B"], market(10, 2))
    arguments, message = wrong()[name]
    with pytest.raises(ValueError, match=message):
        measure_many(universe, **arguments)


def test_a_universe_with_gaps_is_refused_by_name() -> None:
    returns = market(10, 3)
    returns[4, 1] = np.nan
    with pytest.raises(ValueError, match="returns of BAD have gaps"):
        Universe.of(["A", "BAD", "C"], returns)
    with pytest.raises(ValueError, match="benchmark has gaps"):
        Universe.of(["A"], market(10, 1), returns[:, 1])
    with pytest.raises(ValueError, match="not the 10 days"):
        Universe.of(["A"], market(10, 1), np.zeros(9))


def test_growth_that_no_number_holds_has_no_drawdown() -> None:
    universe = Universe.of(["A"], np.ones((1200, 1)))
    found = measure_many(universe, *csr([{0: 1.0}]))[0]
    undefined = {str(name) for name in MEASURES if np.isnan(found[name])}
    assert {"max_drawdown", "current_drawdown", "calmar"} <= undefined
    assert all(not np.isinf(found[name]) for name in MEASURES)


def test_requests_never_load_numba() -> None:
    """Its import costs 0.8 s and 60 MB: the routes of HTTP and live tier must not pull it in."""
    code = (
        "import django, sys; django.setup(); import config.urls, config.asgi, risk.tasks;"
        "sys.exit('numba' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
