"""What a person says they mean to carry is the first load line."""

from __future__ import annotations

import pytest

from accounts.models import User
from config.pages.tolerance import tolerance_line


@pytest.mark.parametrize(
    ("temper", "score", "limit", "state"),
    [
        ("cautious", 2.0, 3.0, "ok"),
        ("cautious", 2.8, 3.0, "near"),
        ("cautious", 3.0, 3.0, "near"),
        ("cautious", 3.1, 3.0, "over"),
        ("balanced", 4.4, 5.0, "ok"),
        ("bold", 7.5, 7.0, "over"),
        ("bold", None, 7.0, "missing"),
    ],
)
def test_the_score_against_the_tolerance(
    temper: str, score: float | None, limit: float, state: str, owner: User
) -> None:
    owner.preferences.risk_tolerance = temper
    line = tolerance_line(owner, {"score": score})
    assert (line.limit, line.state) == (limit, state)
    assert line.fraction_used == (None if score is None else score / limit)
