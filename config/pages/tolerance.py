"""What a person said they mean to carry, drawn as the first load line: the score against it."""

from __future__ import annotations

from typing import Any, Final

from accounts.models import RiskTolerance, User
from risk.limits import ABOVE, NEAR, LoadLine, State

#: The highest score each temper carries: the ends of the levels low, moderate and elevated.
TOLERATED: Final = {
    RiskTolerance.CAUTIOUS: 3.0,
    RiskTolerance.BALANCED: 5.0,
    RiskTolerance.BOLD: 7.0,
}


def tolerance_line(user: User, answer: dict[str, Any]) -> LoadLine:
    """The risk score of an answer against the tolerance in the person's preferences."""
    temper = RiskTolerance(user.preferences.risk_tolerance)
    limit, score = TOLERATED[temper], answer["score"]
    return LoadLine(
        rule_id=None,
        name=f"Risk score, {temper.label.lower()}",
        value=score,
        limit=limit,
        direction=ABOVE,
        fraction_used=None if score is None else score / limit,
        state=_state(score, limit),
        unit="score",
        subject="risk",
        about="",
        since=user.date_joined,
        missing="" if score is not None else "There is no score yet.",
    )


def _state(score: float | None, limit: float) -> State:
    if score is None:
        return "missing"
    if score > limit:
        return "over"
    return "near" if score >= NEAR * limit else "ok"
