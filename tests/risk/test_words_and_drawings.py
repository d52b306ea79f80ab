"""The sentence in its variants, amounts across the crossing, and what charts are drawn from."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk import drawings, sentences
from risk.crossing import amount_of, plain, weights_of
from risk.sentences import Riskiest
from risk.series import build

LOSS: dict[str, Any] = {
    "fraction": 0.078,
    "amount": "4120.125",
    "currency": "USD",
    "confidence": 0.95,
    "horizon": 1,
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"riskiest": Riskiest("SOL", 0.11, 0.31)},
            "On 1 day in 20 you could lose 4,120.12 USD or more (7.8 %). "
            "The largest part is SOL: 11.0 % of the value, 31.0 % of the risk.",
        ),
        (
            {"riskiest": Riskiest("SOL", 0.4, 0.62)},
            "On 1 day in 20 you could lose 4,120.12 USD or more (7.8 %). "
            "Most of it is SOL: 40.0 % of the value, 62.0 % of the risk.",
        ),
        (
            {"riskiest": Riskiest("BTC", 1.0, 1.0)},
            "On 1 day in 20 you could lose 4,120.12 USD or more (7.8 %). All of it is BTC.",
        ),
        (
            {"riskiest": None, "confidence": 0.975},
            "On 1 day in 40 you could lose 4,120.12 USD or more (7.8 %).",
        ),
        (
            {"riskiest": None, "confidence": 0.99, "horizon": 10},
            "In 1 of 100 periods of 10 days you could lose 4,120.12 USD or more (7.8 %).",
        ),
        (
            {"riskiest": None, "fraction": -0.001, "amount": "-4"},
            "Fewer than 1 day in 20 lost anything over the window.",
        ),
        (
            {"riskiest": None, "confidence": 0.92},
            "On 1 day in 12.5 you could lose 4,120.12 USD or more (7.8 %).",
        ),
    ],
)
def test_sentences(change: dict[str, Any], said: str) -> None:
    assert sentences.plain(sentences.loss(**{**LOSS, **change})) == said


def test_no_amount_hides_in_text() -> None:
    """A page masks money and percent tokens: nothing else may carry figures of the person's."""
    tokens = sentences.loss(**LOSS, riskiest=Riskiest("SOL", 0.11, 0.31))
    words = "".join(token.get("text", "") for token in tokens)
    assert "4120" not in words
    assert "4,120" not in words
    assert "31" not in words


def test_what_cannot_be_said() -> None:
    said = sentences.plain(sentences.unknown("Nothing is held."))
    assert said == "How much you could lose cannot be said yet. Nothing is held."


@pytest.mark.parametrize(
    ("fraction", "value", "amount"),
    [
        (0.1, "1000", "100"),
        (0.078, "52821.01", "4120.03878"),
        (1e-12, "0.000001", "0.000000000000000001"),
        (0.0, "5", "0"),
        (-0.05, "10", "-0.5"),
        (0.5, "99999999999999999999.000000000000000001", "49999999999999999999.5"),
    ],
)
def test_amounts(fraction: float, value: str, amount: str) -> None:
    assert amount_of(fraction, Decimal(value)) == amount


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E+3", "1000"), ("0.500", "0.5"), ("100", "100"), ("0E-18", "0"), ("-0.10", "-0.1")],
)
def test_plain(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@given(st.lists(st.decimals("0.000001", "1e12", places=6), min_size=1, max_size=20))
def test_weights_sum_to_one(values: list[Decimal]) -> None:
    assert weights_of(values).sum() == pytest.approx(1.0, rel=1e-12)


RETURNS = st.lists(st.floats(-0.99, 3.0), min_size=2, max_size=200)


@given(RETURNS)
def test_a_histogram_counts_every_day_once(listed: list[float]) -> None:
    returns = np.array(listed)
    bins = drawings.histogram(returns, 0.05, 0.07)["bins"]
    assert sum(one["count"] for one in bins) == len(listed)
    assert len(bins) <= drawings.MOST
    assert bins[0]["from"] <= returns.min() + 1e-6
    assert bins[-1]["to"] >= returns.max() - 1e-6
    assert all(a["to"] == b["from"] for a, b in pairwise(bins))


def test_too_little_for_a_histogram() -> None:
    assert drawings.histogram(np.array([0.1]), None, None)["bins"] == []


def test_underwater_points() -> None:
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(3)]
    points = drawings.underwater(days, np.array([0.1, -0.5, 0.2]))["points"]
    assert [point[0] for point in points] == ["2025-01-01", "2025-01-02", "2025-01-03"]
    assert [point[1] for point in points] == pytest.approx([0.0, -0.5, -0.4])


def test_heat_shows_the_largest() -> None:
    own = np.random.default_rng(5).normal(size=(50, 12))
    rows = drawings.heat([f"C{n}" for n in range(12)], own)
    assert len(rows) == 10
    assert rows[3]["label"] == "C3"
    assert rows[3]["values"][3] == 1.0
    assert rows[3]["values"][7] == rows[7]["values"][3]
    assert drawings.heat(["BTC"], own[:, :1]) == []


# --- The series ----------------------------------------------------------------------------------


def closes(*starts: int, days: int = 101) -> np.ndarray:
    """One column for each first row that has a close."""
    rng = np.random.default_rng(2)
    table: np.ndarray = 100 * np.exp(rng.normal(0, 0.02, (days, len(starts))).cumsum(axis=0))
    for column, start in enumerate(starts):
        table[:start, column] = np.nan
    return table


def listed(count: int = 101) -> list[date]:
    return [date(2025, 1, 1) + timedelta(days=n) for n in range(count)]


@pytest.mark.parametrize(
    ("starts", "weights", "kept", "observations"),
    [
        ((0, 0), (0.9, 0.1), ["A", "B"], 100),
        ((0, 70), (0.9, 0.1), ["A"], 100),  # 30 of 100 days, and small
        ((0, 70), (0.7, 0.3), ["A", "B"], 30),  # 30 of 100 days, but large
        ((0, 40), (0.9, 0.1), ["A", "B"], 60),  # more than half of the window
        ((60, 70), (0.9, 0.1), ["A", "B"], 30),  # all are young
        ((0, 101), (0.9, 0.1), ["A"], 100),  # no close at all
        ((101, 101), (0.5, 0.5), ["A", "B"], 0),
    ],
)
def test_short_histories(
    starts: tuple[int, int], weights: tuple[float, float], kept: list[str], observations: int
) -> None:
    series = build(["A", "B"], np.array(weights), listed(), closes(*starts), 100)
    assert series.symbols == kept
    assert series.returns.size == len(series.days) == observations
    assert series.weights.sum() == pytest.approx(1.0)
    assert set(series.left_out) == {"A", "B"} - set(kept)


def test_a_hole_drops_the_two_days_that_touch_it() -> None:
    table = closes(0, 0)
    table[50, 1] = np.nan
    series = build(["A", "B"], np.array([0.5, 0.5]), listed(), table, 100)
    assert series.returns.size == 98
    assert listed()[50] not in series.days
    assert listed()[51] not in series.days
    assert series.short == {"B": 98}
