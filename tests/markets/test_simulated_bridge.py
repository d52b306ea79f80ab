"""Paths hit their four prices and shares add up, whatever is asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.simulated.bridge import shares, spread, through, tilted

prices = st.floats(0.01, 1e6)
widths = st.floats(0, 1e3)


@given(
    st.tuples(prices, prices), st.tuples(widths, widths), st.integers(4, 300), st.integers(0, 99)
)
def test_a_path_starts_ends_and_touches_as_told(
    ends: tuple[float, float], beyond: tuple[float, float], points: int, seed: int
) -> None:
    high, low = max(ends) + beyond[0], min(ends) - beyond[1]
    rng = np.random.default_rng(seed)
    path = through(rng, (ends[0], high, low, ends[1]), points, (high - low) / 5)
    assert len(path) == points
    assert (path[0], path[-1]) == ends
    assert (path.max(), path.min()) == (high, low)


@given(
    st.lists(st.floats(0.001, 1e6), min_size=1, max_size=200),
    st.integers(0, 5),
    st.integers(0, 10**15),
)
def test_shares_add_up_and_keep_the_minimum(weights: list[float], least: int, extra: int) -> None:
    total = least * len(weights) + extra
    parts = shares(total, np.array(weights), least)
    assert int(parts.sum()) == total
    assert int(parts.min()) >= least


def test_shares_refuse_a_total_below_the_minimum() -> None:
    with pytest.raises(ValueError, match="total: 3"):
        shares(3, np.ones(2), 2)


@given(
    st.lists(st.integers(0, 10**12), min_size=1, max_size=100).filter(any), st.integers(1, 10**6)
)
def test_spread_adds_up_to_the_total(parts: list[int], off: int) -> None:
    total = sum(parts) + off % 3
    assert int(spread(total, np.array(parts)).sum()) == total


@given(st.integers(0, 99), st.floats(0.05, 0.95))
def test_tilted_weights_have_the_wanted_mean(seed: int, at: float) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 1000, 50).astype(float)
    target = values.min() + at * (values.max() - values.min())
    weights = tilted(rng.random(50) + 0.01, values, target)
    assert weights.sum() == pytest.approx(1)
    assert weights @ values == pytest.approx(target)
    assert weights.min() >= 0
