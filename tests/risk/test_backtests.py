"""Grades of forecasts: published numbers, the doors of the measures, and the rule of the advice."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from risk import measures
from risk.backtests import (
    Grade,
    Light,
    Test,
    Transitions,
    basel_light,
    christoffersen_independence,
    days_needed,
    exceptions,
    forecasts,
    grade,
    joint,
    kupiec,
    light_limits,
    quantile_loss,
    recommend,
    transitions,
    walk,
)
from risk.measures import Array, Method

ORACLE: dict[str, Any] = json.loads((Path(__file__).parent / "data/var_backtests.json").read_text())
MATHWORKS = ORACLE["mathworks"]
REGIONS = [
    (*(float(part.split("=")[1]) for part in name.split()), low, high)
    for name, (low, high) in ORACLE["kupiec_nonrejection_95pct_inclusive"]["regions"].items()
]


def test_mathworks_published() -> None:
    published, computed = MATHWORKS["published"], MATHWORKS["computed"]
    coverage = kupiec(MATHWORKS["T"], MATHWORKS["failures"], MATHWORKS["p"])
    counts = Transitions(*(MATHWORKS[name] for name in ("n00", "n01", "n10", "n11")))
    alone = christoffersen_independence(counts)
    both = joint(coverage, alone)
    assert coverage is not None
    assert alone is not None
    assert both is not None
    assert coverage.lr == pytest.approx(computed["pof"]["LR"], abs=1e-12)
    assert coverage.p == pytest.approx(computed["pof"]["p_value"], abs=1e-12)
    assert alone.lr == pytest.approx(computed["cci"]["LR"], abs=1e-12)
    assert alone.p == pytest.approx(computed["cci"]["p_value"], abs=1e-12)
    assert both.lr == pytest.approx(computed["cc"], abs=1e-12)
    assert both.lr == pytest.approx(published["LRatioCC"], abs=1e-5)
    assert both.p == pytest.approx(published["PValueCC"], abs=1e-5)


def test_a_published_value_that_is_wrong_is_not_repeated() -> None:
    right = ORACLE["published_but_wrong"]["computed"]
    coverage = kupiec(250, 3, 0.01)
    assert coverage is not None
    assert (coverage.lr, coverage.p) == pytest.approx((right["LR"], right["p_value"]), abs=1e-12)


@pytest.mark.parametrize(("share", "days", "low", "high"), REGIONS)
def test_regions_of_kupiec(share: float, days: float, low: int, high: int) -> None:
    kept = [
        count
        for count in range(int(days) + 1)
        if (test := kupiec(int(days), count, share)) is not None and test.p >= 0.05
    ]
    assert (kept[0], kept[-1]) == (low, high)


@pytest.mark.parametrize(
    ("days", "share", "limits"),
    [(250, 0.01, (5, 10)), (365, 0.01, (7, 13)), (365, 0.05, (25, 35)), (1, 0.05, (0, 1))],
)
def test_limits_of_the_light(days: int, share: float, limits: tuple[int, int]) -> None:
    assert light_limits(days, share) == limits


@pytest.mark.parametrize(
    ("share", "count", "light"),
    [
        (0.01, 0, "green"),
        (0.01, 6, "green"),
        (0.01, 7, "yellow"),
        (0.01, 12, "yellow"),
        (0.01, 13, "red"),
        (0.05, 24, "green"),
        (0.05, 25, "yellow"),
        (0.05, 34, "yellow"),
        (0.05, 35, "red"),
        (0.05, 365, "red"),
    ],
)
def test_the_light_of_a_year(share: float, count: int, light: str) -> None:
    assert basel_light(365, count, share) == light


@given(st.integers(1, 400), st.floats(0.005, 0.2))
@settings(deadline=None)
def test_limits_are_the_quantiles_of_the_binomial(days: int, share: float) -> None:
    yellow, red = light_limits(days, share)
    assert stats.binom.cdf(yellow, days, share) >= 0.95 - 1e-9
    assert yellow == 0 or stats.binom.cdf(yellow - 1, days, share) < 0.95 + 1e-9
    assert red > yellow or red == yellow


def test_ends_of_the_tests() -> None:
    assert kupiec(0, 0, 0.05) is None
    assert christoffersen_independence(Transitions(0, 0, 0, 0)) is None
    assert joint(None, Test(0, 1)) is None
    assert basel_light(0, 0, 0.05) is None
    assert quantile_loss(np.empty(0), np.empty(0), 0.05) is None
    none = kupiec(100, 0, 0.05)
    every = kupiec(100, 100, 0.05)
    assert none is not None
    assert every is not None
    assert none.lr == pytest.approx(-200 * np.log(0.95))
    assert every.lr == pytest.approx(-200 * np.log(0.05))
    for counts in [Transitions(99, 0, 0, 0), Transitions(0, 0, 0, 99), Transitions(98, 1, 0, 0)]:
        alone = christoffersen_independence(counts)
        assert alone is not None
        assert (alone.lr, alone.p) == (0.0, 1.0)


@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_transitions_count_every_pair(flags: list[bool]) -> None:
    pairs = list(pairwise(flags))
    counted = transitions(np.array(flags))
    expected = [pairs.count((a, b)) for a in (False, True) for b in (False, True)]
    assert [counted.n00, counted.n01, counted.n10, counted.n11] == expected


def test_a_day_without_a_forecast_parts_its_neighbours() -> None:
    flags = np.array([True, False, True, True])
    known = np.array([True, False, True, True])
    assert transitions(flags, known) == Transitions(0, 0, 0, 1)


def test_an_exception_is_a_loss_greater_than_the_forecast() -> None:
    happened = [-0.05, -0.0500001, 0.1, np.nan, -0.2]
    assert exceptions(happened, [0.05, 0.05, 0.05, 0.05, np.nan]).tolist() == [
        False,
        True,
        False,
        False,
        False,
    ]


def test_quantile_loss_by_hand() -> None:
    # Above the quantile of -5 % by 6 points: 0.05 x 6; below it by 3: 0.95 x 3.
    happened, forecast = np.array([0.01, -0.08]), np.array([0.05, 0.05])
    assert quantile_loss(happened, forecast, 0.05) == pytest.approx((0.05 * 0.06 + 0.95 * 0.03) / 2)


def test_quantile_loss_is_lowest_at_the_quantile() -> None:
    happened = np.random.default_rng(3).standard_t(4, 2000) * 0.02
    level = measures.historical_var(happened, 0.95)
    assert level is not None
    losses = [
        quantile_loss(happened, np.full(2000, level * by), 0.05) or 0.0 for by in (0.8, 1.0, 1.2)
    ]
    assert min(losses) == losses[1]


def fat(days: int, seed: int = 5) -> Array:
    return np.asarray(np.random.default_rng(seed).standard_t(4, days) * 0.03)


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize(("confidence", "window"), [(0.95, 120), (0.99, 500), (0.9, 60)])
def test_walking_says_what_the_doors_say(method: Method, confidence: float, window: int) -> None:
    returns = fat(window + 80)
    got = walk(returns, confidence, window)[method]
    assert got.shape == (80,)
    for at in range(0, 80, 7):
        said = measures.var(method, returns[at : at + window], confidence=confidence)
        if said is None:
            assert np.isnan(got[at])
        else:
            assert got[at] == pytest.approx(said, abs=1e-10)


@pytest.mark.parametrize("method", list(Method))
def test_windows_in_which_nothing_moves(method: Method) -> None:
    rows = np.vstack([np.zeros(150), np.full(150, 0.001), np.append(np.zeros(149), -0.2)])
    got = forecasts(rows, 0.95)[method]
    for at, row in enumerate(rows):
        said = measures.var(method, row, confidence=0.95)
        assert (said is None and np.isnan(got[at])) or got[at] == pytest.approx(said, abs=1e-12)


def test_nothing_to_walk_over() -> None:
    assert all(said.size == 0 for said in walk(fat(100), 0.95, 100).values())
    assert all(said.size == 0 for said in forecasts(np.empty((0, 100)), 0.95).values())
    assert all(np.isnan(said).all() for said in forecasts(np.zeros((2, 1)), 0.95).values())


@pytest.mark.parametrize(
    ("confidence", "window", "days"), [(0.95, 365, 365), (0.95, 30, 100), (0.99, 365, 500)]
)
def test_a_forecast_takes_five_days_in_the_tail(confidence: float, window: int, days: int) -> None:
    assert days_needed(confidence, window) == days


@given(st.integers(0, 60), st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_a_deeper_forecast_has_no_more_exceptions(extra: int, seed: int) -> None:
    happened = fat(200, seed)
    few = grade(Method.EWMA, happened, np.full(200, 0.04 + extra / 1000), 0.95)
    many = grade(Method.EWMA, happened, np.full(200, 0.04), 0.95)
    assert few.exceptions <= many.exceptions


def test_a_grade_counts_only_days_with_both() -> None:
    happened = np.append(fat(400), np.nan)
    forecast = np.full(401, 0.05)
    forecast[:10] = np.nan
    found = grade(Method.HISTORICAL, happened, forecast, 0.95)
    assert (found.observations, found.light_days) == (390, 365)
    assert found.expected == pytest.approx(19.5)
    assert found.exceptions == int((happened[10:400] < -0.05).sum())


def test_too_few_days_grade_nobody() -> None:
    found = grade(Method.HISTORICAL, fat(29), np.full(29, 0.05), 0.95)
    assert (found.kupiec, found.light, found.quantile_loss, found.passes) == (None,) * 3 + (False,)
    advice = recommend([found])
    assert advice.method is None
    assert "29" in advice.reason


def graded(method: Method, **changes: Any) -> Grade:
    fine = Test(0.1, 0.75)
    shape: dict[str, Any] = {
        "observations": 365,
        "exceptions": 18,
        "expected": 18.25,
        "light_days": 365,
        "light_exceptions": 18,
        "kupiec": fine,
        "independence": fine,
        "joint": fine,
        "light": Light.GREEN,
        "quantile_loss": 0.005,
    }
    return Grade(method=method, **{**shape, **changes})


FAILED = Test(9.0, 0.003)


@pytest.mark.parametrize(
    ("grades", "best", "words"),
    [
        ([graded(Method.HISTORICAL), graded(Method.EWMA)], "historical", "of the 2 methods"),
        (
            [graded(Method.HISTORICAL), graded(Method.EWMA, quantile_loss=0.004)],
            "ewma",
            "lowest quantile loss",
        ),
        (
            [graded(Method.HISTORICAL), graded(Method.EWMA, quantile_loss=0.004, kupiec=FAILED)],
            "historical",
            "alone",
        ),
        (
            [
                graded(Method.HISTORICAL, light=Light.RED),
                graded(Method.EWMA, light=Light.YELLOW, kupiec=FAILED),
            ],
            "ewma",
            "yellow light, fails Kupiec",
        ),
        (
            [
                graded(Method.HISTORICAL),
                graded(Method.CORNISH_FISHER, observations=300, quantile_loss=0.001),
            ],
            "historical",
            "alone",
        ),
    ],
)
def test_the_advice(grades: list[Grade], best: str, words: str) -> None:
    advice = recommend(grades)
    assert advice.method == best
    assert words in advice.reason
