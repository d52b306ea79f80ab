"""Covariance, benchmark, drawdown dates and parts, each against a slower second computation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk import measures
from risk.measures import Array, Correlation

RNG = np.random.default_rng(8)
MARKET = RNG.normal(0, 0.02, (250, 1))
ASSETS: Array = MARKET * [1.0, 1.3, 0.7, 1.9] + RNG.normal(0, 0.02, (250, 4))


def ledoit_wolf_by_the_paper(x: Array) -> tuple[Array, float]:
    """Appendices A and B of Honey, I shrunk the sample covariance matrix, index by index."""
    t, n = x.shape
    x = x - x.mean(axis=0)
    s = np.array([[np.mean(x[:, i] * x[:, j]) for j in range(n)] for i in range(n)])
    r = np.array([[s[i, j] / math.sqrt(s[i, i] * s[j, j]) for j in range(n)] for i in range(n)])
    mean = 2 / ((n - 1) * n) * sum(r[i, j] for i in range(n - 1) for j in range(i + 1, n))
    f = np.array(
        [
            [s[i, i] if i == j else mean * math.sqrt(s[i, i] * s[j, j]) for j in range(n)]
            for i in range(n)
        ]
    )
    pi = np.array(
        [[np.mean((x[:, i] * x[:, j] - s[i, j]) ** 2) for j in range(n)] for i in range(n)]
    )
    rho = float(np.trace(pi))
    for i in range(n):
        for j in range(n):
            if i != j:
                own = np.mean((x[:, i] ** 2 - s[i, i]) * (x[:, i] * x[:, j] - s[i, j]))
                its = np.mean((x[:, j] ** 2 - s[j, j]) * (x[:, i] * x[:, j] - s[i, j]))
                ratio = math.sqrt(s[j, j] / s[i, i])
                rho += mean / 2 * (ratio * own + its / ratio)
    gamma = float(((f - s) ** 2).sum())
    delta = max(0.0, min((float(pi.sum()) - rho) / gamma / t, 1.0))
    return (delta * f + (1 - delta) * s) * t / (t - 1), delta


def test_ledoit_wolf_is_the_papers() -> None:
    expected, delta = ledoit_wolf_by_the_paper(ASSETS)
    computed, intensity = measures.shrunk_covariance(ASSETS)
    assert 0 < delta < 1
    assert intensity == pytest.approx(delta, rel=1e-10)
    assert computed == pytest.approx(expected, rel=1e-10)
    assert np.diag(computed) == pytest.approx(ASSETS.var(axis=0, ddof=1))


def test_money_keeps_its_calm_when_shrunk() -> None:
    with_money = np.column_stack([ASSETS, np.zeros(250)])
    matrix, _ = measures.shrunk_covariance(with_money)
    assert (matrix[-1] == 0).all()
    assert matrix[:4, :4] == pytest.approx(measures.shrunk_covariance(ASSETS)[0])
    shown = measures.correlation_matrix(with_money, Correlation.LEDOIT_WOLF)
    assert shown[-1] == [None] * 5
    assert shown[0][0] == 1.0


def test_ewma_covariance_has_the_volatilities_of_riskmetrics() -> None:
    matrix = measures.ewma_covariance(ASSETS)
    expected = [measures.ewma_volatility(column) for column in ASSETS.T]
    assert np.sqrt(np.diag(matrix)) == pytest.approx(expected, rel=1e-12)
    recent = ASSETS.copy()
    recent[-60:, 1] = recent[-60:, 0]
    by_ewma = measures.correlation_matrix(recent, Correlation.EWMA)[0][1]
    by_sample = measures.correlation_matrix(recent)[0][1]
    assert by_ewma is not None
    assert by_sample is not None
    assert by_ewma > 0.95 > by_sample


@pytest.mark.parametrize("method", list(Correlation))
def test_covariances_have_no_negative_variance(method: Correlation) -> None:
    wide = RNG.normal(0, 0.03, (40, 60))  # more assets than days
    values = np.linalg.eigvalsh(measures.covariance(wide, method))
    assert values.min() >= -1e-12
    if method is Correlation.LEDOIT_WOLF:
        assert values.min() > 0


def test_diversification() -> None:
    apart = np.diag([0.04, 0.04])
    assert measures.diversification_ratio(apart, np.array([0.5, 0.5])) == pytest.approx(
        math.sqrt(2)
    )
    assert measures.diversification_ratio(apart, np.array([1.0, 0.0])) == pytest.approx(1)
    assert measures.diversification_ratio(np.zeros((2, 2)), np.array([0.5, 0.5])) is None


def test_a_hedge_counts_in_the_concentration_of_risk() -> None:
    assert measures.hhi_of_risk([0.5, 0.5]) == pytest.approx(0.5)
    assert measures.hhi_of_risk([1.5, -0.5]) == pytest.approx(0.75**2 + 0.25**2)
    assert measures.hhi_of_risk([0.0, 0.0]) is None


def test_against_a_benchmark() -> None:
    other = np.array([0.02, -0.01, 0.03, -0.02, 0.01])
    own = 0.001 + 1.5 * other
    assert measures.alpha(own, other) == pytest.approx(0.365)
    assert measures.alpha(own, other, risk_free=0.1) == pytest.approx(0.365 - 0.1 + 1.5 * 0.1)
    assert measures.tracking_error(own, other) == pytest.approx(
        0.5 * other.std(ddof=1) * math.sqrt(365)
    )
    assert measures.up_capture(own, other) == pytest.approx((0.031 + 0.046 + 0.016) / 0.06)
    assert measures.down_capture(own, other) == pytest.approx((0.014 + 0.029) / 0.03)
    difference = own - other
    ratio = difference.mean() / difference.std(ddof=1) * math.sqrt(365)
    assert measures.information_ratio(own, other) == pytest.approx(ratio)


def test_against_itself_or_nothing() -> None:
    own = np.array([0.02, -0.01, 0.03])
    assert measures.tracking_error(own, own) == 0.0
    assert measures.information_ratio(own, own) is None
    assert measures.alpha(own, np.zeros(3)) is None
    assert measures.up_capture(own, -np.abs(own)) is None
    assert measures.down_capture(own, np.abs(own)) is None
    assert measures.tracking_error([0.1], [0.2]) is None


@pytest.mark.parametrize(
    ("returns", "start", "trough", "recovery"),
    [
        ([0.1, -0.2, -0.1, 0.2, 0.3], 1, 3, 5),
        ([-0.5, 0.1], 0, 1, None),
        ([-0.5, 1.0], 0, 1, 2),
        ([0.1, -0.1, 0.2, -0.3, 0.1], 3, 4, None),
        ([0.1, -1.0, 0.5], 1, 2, None),
    ],
)
def test_the_deepest_fall(
    returns: list[float], start: int, trough: int, recovery: int | None
) -> None:
    fall = measures.deepest_fall(returns)
    assert fall is not None
    assert (fall.start, fall.trough, fall.recovery) == (start, trough, recovery)
    assert fall.depth == measures.max_drawdown(returns)


def test_no_fall() -> None:
    assert measures.deepest_fall([0.1, 0.0, 0.2]) is None
    assert measures.deepest_fall([0.1]) is None
    assert measures.ulcer_index([0.1, 0.2]) == 0.0
    assert measures.ulcer_index([-0.1, 0.0]) == pytest.approx(0.1)


def test_omega() -> None:
    assert measures.omega([0.03, -0.01, 0.01, -0.01]) == pytest.approx(2.0)
    assert measures.omega([0.03, 0.0]) is None
    assert measures.omega([-0.03]) is None


@given(st.integers(2, 8), st.integers(0, 10_000), st.sampled_from([0.9, 0.95, 0.99]))
@settings(max_examples=60, deadline=None)
def test_all_parts_sum_to_their_whole(assets: int, seed: int, c: float) -> None:
    rng = np.random.default_rng(seed)
    returns = rng.standard_t(4, (200, assets)) * 0.03
    weights = rng.dirichlet(np.ones(assets))
    whole = returns @ weights
    spread = measures.component_volatility(measures.covariance(returns), weights)
    assert spread is not None
    by_quantile = measures.component_historical_var(returns, weights, c)
    assert by_quantile is not None
    sums = {
        measures.historical_var(whole, c): by_quantile[0].sum(),
        measures.parametric_var(whole, c): measures.component_parametric_var(
            returns, weights, spread[0], c
        ).sum(),
        measures.parametric_cvar(whole, c): measures.component_parametric_cvar(
            returns, weights, spread[0], c
        ).sum(),
    }
    for expected, total in sums.items():
        assert total == pytest.approx(expected, abs=1e-9)
