"""Every measure against the published and reference numbers, and at the edges of its domain."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from risk import measures

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "expected.json").read_text()
)
BENCHMARK = np.array(EXPECTED["benchmark"])

#: The reference's name of each measure. The reference computes some figures of a single point,
#: for which we answer None: fewer than two observations say nothing.
MEASURES: dict[str, Callable[[Any], float | None]] = {
    "n": lambda r: float(measures.clean(r).size),
    "mean": measures.mean,
    "std": measures.standard_deviation,
    "vol": measures.volatility,
    "hvar95_linear_HF7": measures.historical_var,
    "cvar95_RU": measures.historical_cvar,
    "pvar95": measures.parametric_var,
    "cvar95_gaussian": measures.parametric_cvar,
    "cfvar95": measures.cornish_fisher_expansion,
    "skew_pop": measures.skewness,
    "exkurt_pop": measures.excess_kurtosis,
    "sharpe": measures.sharpe,
    "downside_dev": measures.downside_deviation,
    "sortino": measures.sortino,
    "mdd": measures.max_drawdown,
    "cagr": measures.annual_growth,
    "calmar": measures.calmar,
    "beta": lambda r: measures.beta(r, BENCHMARK[: len(r)]),
}


def returns_of(case: str) -> np.ndarray:
    listed = EXPECTED["series"][case]["returns"]
    return np.array([math.nan if value is None else value for value in listed])


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("case", EXPECTED["series"])
def test_equals_the_reference(case: str, name: str) -> None:
    returns = returns_of(case)
    expected = EXPECTED["series"][case]["reference"][name]
    computed = MEASURES[name](returns)
    if expected == "NaN" or (case == "single_point" and name not in {"n", "mean"}):
        assert computed is None
    else:
        assert computed == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("case", EXPECTED["series"])
def test_cornish_fisher_is_only_said_inside_its_domain(case: str) -> None:
    reference = EXPECTED["series"][case]["reference"]
    shown = measures.cornish_fisher_var(returns_of(case), 0.95)
    if reference["cf_valid_domain"]:
        assert shown == pytest.approx(reference["cfvar95"], rel=1e-12)
    else:
        assert shown is None


def test_component_var_of_jorion() -> None:
    published = EXPECTED["component_var_jorion"]["published"]
    amounts = np.array([2e6, 1e6])
    found = measures.component_volatility(np.diag([0.05**2, 0.12**2]), amounts)
    assert found is not None
    parts, whole = found
    assert 1.65 * whole == pytest.approx(published["portfolio"], abs=1)
    assert 1.65 * parts == pytest.approx(published["component"], abs=1)
    assert parts.sum() == pytest.approx(whole, rel=1e-14)


def test_a_step_of_riskmetrics() -> None:
    example = EXPECTED["riskmetrics_ewma"]["example"]
    stepped = measures.next_ewma_variance(example["prev_var"], example["r"])
    assert stepped == pytest.approx(example["next_var"], rel=1e-12)
    assert math.sqrt(stepped) == pytest.approx(
        EXPECTED["riskmetrics_ewma"]["published_vol"], abs=5e-5
    )


def test_ewma_is_the_recursion_from_the_first_square() -> None:
    returns = returns_of("normal_365")
    variance = returns[0] ** 2
    for observed in returns[1:]:
        variance = measures.next_ewma_variance(variance, observed)
    assert measures.ewma_volatility(returns) == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert measures.ewma_var(returns, 0.95) == pytest.approx(
        1.6448536269514722 * math.sqrt(variance), rel=1e-12
    )


DEFINED_ON_ZEROS = {
    measures.mean,
    measures.standard_deviation,
    measures.volatility,
    measures.downside_deviation,
    measures.historical_var,
    measures.historical_cvar,
    measures.parametric_var,
    measures.ewma_var,
    measures.ewma_volatility,
    measures.max_drawdown,
    measures.current_drawdown,
    measures.longest_drawdown,
    measures.annual_growth,
}
OF_ONE_SERIES = [
    *sorted(DEFINED_ON_ZEROS, key=lambda function: function.__name__),
    measures.skewness,
    measures.excess_kurtosis,
    measures.sharpe,
    measures.sortino,
    measures.calmar,
    measures.cornish_fisher_var,
    measures.cornish_fisher_expansion,
]


@pytest.mark.parametrize("measure", OF_ONE_SERIES)
@pytest.mark.parametrize(
    "returns", [[], [0.01], [math.nan], [math.nan, 0.01, math.inf]], ids=["none", "one", "nan", "1"]
)
def test_fewer_than_two_observations_say_nothing(
    measure: Callable[..., float | None], returns: list[float]
) -> None:
    if measure is measures.mean and measures.clean(returns).size:
        assert measure(returns) == pytest.approx(0.01)
    else:
        assert measure(returns) is None


@pytest.mark.parametrize("measure", OF_ONE_SERIES)
def test_days_without_any_move(measure: Callable[..., float | None]) -> None:
    assert measure(np.zeros(200)) == (0.0 if measure in DEFINED_ON_ZEROS else None)


@pytest.mark.parametrize("measure", OF_ONE_SERIES)
def test_a_wipe_out_is_finite(measure: Callable[..., float | None]) -> None:
    computed = measure([0.05, -1.0, 0.5, 0.02])
    assert computed is None or math.isfinite(computed)


def test_nothing_grows_from_nothing() -> None:
    wiped = [0.05, -1.0, 0.5]
    assert measures.max_drawdown(wiped) == -1.0
    assert measures.current_drawdown(wiped) == -1.0
    assert measures.annual_growth(wiped) == -1.0
    assert measures.calmar(wiped) == -1.0
    assert measures.current_drawdown([0.1, -1.5, -3.0]) == -1.0


def test_rounding_noise_is_no_dispersion() -> None:
    nearly = np.full(365, 0.001) + np.tile([1e-18, -1e-18, 0, 0, 0], 73)
    assert measures.standard_deviation(nearly) == 0.0
    assert measures.sharpe(nearly) is None


def test_growth_beyond_measure_is_undefined() -> None:
    assert measures.annual_growth([5e6, 5e6]) is None


@pytest.mark.parametrize(
    ("observations", "confidence", "shown"),
    [
        (100, 0.95, True),
        (99, 0.95, False),
        (50, 0.9, True),
        (49, 0.9, False),
        (500, 0.99, True),
        (365, 0.99, False),
        (200, 0.975, True),
        (1000, 0.995, True),
        (0, 0.95, False),
    ],
)
def test_a_tail_of_five_is_the_least(observations: int, confidence: float, shown: bool) -> None:
    assert measures.tail_is_shown(observations, confidence) is shown


def test_longest_stretch_under_water() -> None:
    assert measures.longest_drawdown([0.1, -0.05, 0.01, 0.2, -0.1, 0.2]) == 2
    assert measures.longest_drawdown([0.1, 0.1]) == 0


MOVING = [(0, 1), (0, 4), (1, 4)]


def test_correlation_is_pairwise() -> None:
    rng = np.random.default_rng(3)
    columns = rng.normal(0, 0.04, (120, 5))
    columns[:40, 1] = np.nan
    columns[:, 2] = 0.001
    columns[:, 3] = np.nan
    matrix = measures.correlation_matrix(columns)
    for i in range(5):
        for j in range(5):
            alone = measures.correlation(columns[:, i], columns[:, j])
            assert matrix[i][j] == (None if alone is None else pytest.approx(alone, rel=1e-12))
    pairs = [measures.correlation(columns[:, i], columns[:, j]) or 0 for i, j in MOVING]
    assert measures.average_correlation(columns) == pytest.approx(np.mean(pairs))
    assert measures.average_correlation(columns[:, [2, 3]]) is None


def test_beta_needs_a_benchmark_that_moves() -> None:
    assert measures.beta([0.1, 0.2], [0.01, 0.01]) is None
    assert measures.beta([0.1, math.nan, 0.3], [0.05, 0.2, 0.15]) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="differ in length"):
        measures.beta([0.1], [0.1, 0.2])


def test_concentration() -> None:
    assert measures.hhi([0.25] * 4) == 0.25
    assert measures.effective_assets([0.25] * 4) == 4.0
    assert measures.effective_assets([1.0]) == 1.0
    assert measures.hhi([]) is None
    assert measures.effective_assets([]) is None
