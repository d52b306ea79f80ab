"""What must hold for any returns: hypothesis looks for a counterexample."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from risk import measures
from risk.measures import Array
from risk.score import PARTS, level, score, trend

RETURNS = st.floats(-0.9, 2.0, allow_nan=False).map(lambda value: round(value, 8))
CONFIDENCE = st.sampled_from([0.8, 0.9, 0.95, 0.975, 0.99])


def series(least: int = 2, most: int = 120) -> st.SearchStrategy[Array]:
    return st.integers(least, most).flatmap(lambda n: arrays(np.float64, n, elements=RETURNS))


@st.composite
def books(draw: st.DrawFn) -> tuple[Array, Array]:
    """Returns of (days, assets) and the weights of these assets."""
    days, assets = draw(st.integers(10, 80)), draw(st.integers(1, 6))
    returns = draw(arrays(np.float64, (days, assets), elements=RETURNS))
    raw = draw(arrays(np.float64, assets, elements=st.floats(0.01, 1.0)))
    return returns, raw / raw.sum()


@given(series(), CONFIDENCE)
def test_the_mean_of_the_tail_is_no_smaller_than_its_edge(returns: Array, c: float) -> None:
    """CVaR is at least the loss at the edge of the tail, taken as the order statistic; the linear
    quantile lies between two of these, so it is bounded by the better of them.
    """
    tail, var = measures.historical_cvar(returns, c), measures.historical_var(returns, c)
    assert tail is not None
    assert var is not None
    edge = -np.sort(returns)[min(math.ceil((1 - c) * returns.size - 1e-9), returns.size - 1)]
    assert tail >= min(var, edge) - 1e-12
    assert var <= -returns.min() + 1e-12


@given(series(least=200, most=300), CONFIDENCE)
@settings(max_examples=40)
def test_var_is_at_most_cvar(returns: Array, c: float) -> None:
    """With ten days or more in the tail the mean of the tail is beyond the interpolated edge."""
    assert measures.historical_cvar(returns, c) >= measures.historical_var(returns, c) - 1e-12  # type: ignore[operator]


@given(series(), st.floats(0.01, 1.0), CONFIDENCE)
def test_losses_scale_with_size(returns: Array, size: float, c: float) -> None:
    """Half in cash is half the loss: the returns are halved, and so is every loss."""
    for measure in (
        measures.historical_var,
        measures.historical_cvar,
        measures.parametric_var,
        measures.ewma_var,
    ):
        assert measure(returns * size, c) == pytest.approx(measure(returns, c) * size, abs=1e-9)  # type: ignore[operator]


@given(series(), st.randoms(use_true_random=False), CONFIDENCE)
def test_the_order_of_days_does_not_matter_to_the_tail(returns: Array, random, c: float) -> None:  # type: ignore[no-untyped-def]
    shuffled = returns.copy()
    random.shuffle(shuffled)
    for measure in (measures.historical_var, measures.historical_cvar, measures.parametric_var):
        assert measure(shuffled, c) == pytest.approx(measure(returns, c), abs=1e-12)


@given(books(), st.randoms(use_true_random=False))
def test_the_order_of_assets_does_not_matter(book: tuple[Array, Array], random) -> None:  # type: ignore[no-untyped-def]
    returns, weights = book
    order = list(range(weights.size))
    random.shuffle(order)
    before, after = returns @ weights, returns[:, order] @ weights[order]
    assert measures.historical_cvar(after) == pytest.approx(
        measures.historical_cvar(before), abs=1e-12
    )
    assert measures.hhi(weights[order]) == pytest.approx(measures.hhi(weights))


@given(books(), CONFIDENCE)
def test_the_parts_sum_to_the_whole(book: tuple[Array, Array], c: float) -> None:
    returns, weights = book
    whole = returns @ weights
    tail = measures.component_cvar(returns, weights, c)
    assert tail is not None
    assert tail[0].sum() == pytest.approx(measures.historical_cvar(whole, c), abs=1e-9)
    covariance = np.atleast_2d(np.cov(returns, rowvar=False, ddof=1))
    spread = measures.component_volatility(covariance, weights)
    if spread is None:
        return
    assert spread[0].sum() == pytest.approx(measures.standard_deviation(whole), abs=1e-9)
    parts = measures.component_parametric_var(returns, weights, spread[0], c)
    assert parts.sum() == pytest.approx(measures.parametric_var(whole, c), abs=1e-9)


@given(series())
def test_drawdowns_are_losses_of_at_most_everything(returns: Array) -> None:
    drawn = measures.underwater(returns)
    assert ((drawn <= 0) & (drawn >= -1)).all()
    deepest, now = measures.max_drawdown(returns), measures.current_drawdown(returns)
    assert deepest is not None
    assert now is not None
    assert deepest <= now <= 0


@given(series(least=1, most=40), st.integers(0, 10))
def test_missing_days_change_nothing(returns: Array, holes: int) -> None:
    holed = np.concatenate([np.full(holes, np.nan), returns, np.full(holes, np.nan)])
    assert measures.volatility(holed) == measures.volatility(returns)
    assert measures.historical_cvar(holed) == measures.historical_cvar(returns)
    assert measures.max_drawdown(holed) == measures.max_drawdown(returns)


FIGURES = st.fixed_dictionaries(dict.fromkeys(PARTS, st.floats(0.0, 3.0)))


@given(FIGURES, st.sampled_from(list(PARTS)), st.floats(0.0, 1.0))
def test_more_of_a_part_never_lowers_the_score(
    figures: dict[str, float], part: str, more: float
) -> None:
    before = score(**figures)
    after = score(**{**figures, part: figures[part] + more})
    assert 1.0 <= before.value <= after.value <= 10.0 + 1e-12
    assert sum(p.contribution for p in before.parts) == pytest.approx(before.value - 1.0)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (1.0, "low"),
        (2.99, "low"),
        (3.0, "moderate"),
        (5.0, "elevated"),
        (6.9, "elevated"),
        (7.0, "high"),
        (8.5, "extreme"),
        (10.0, "extreme"),
    ],
)
def test_levels(value: float, word: str) -> None:
    assert level(value) == word


def test_the_ends_of_the_score() -> None:
    assert score(volatility=0, tail=0, drawdown=0, concentration=0).value == 1.0
    full = score(volatility=9, tail=9, drawdown=9, concentration=9)
    assert full.value == pytest.approx(10.0)
    assert full.level == "extreme"


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [(5.0, 4.0, "rising"), (4.0, 5.0, "falling"), (5.0, 4.8, "steady"), (5.0, 5.0, "steady")],
)
def test_trend(now: float, before: float, word: str) -> None:
    assert trend(now, before) == word
