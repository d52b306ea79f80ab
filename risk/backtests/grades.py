"""The grade of a method, and which method to recommend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from risk.backtests.coverage import (
    LIGHT_DAYS,
    Light,
    Test,
    basel_light,
    christoffersen_independence,
    exceptions,
    joint,
    kupiec,
    quantile_loss,
    transitions,
)
from risk.measures import Method

#: As a sentence says them.
NAMES = {
    Method.HISTORICAL: "Historical",
    Method.PARAMETRIC: "Parametric",
    Method.CORNISH_FISHER: "Cornish-Fisher",
    Method.EWMA: "EWMA",
    Method.FILTERED_HISTORICAL: "Filtered historical",
    Method.STUDENT_T: "Student's t",
}
#: Fewer days than this grade nobody.
LEAST_OBSERVATIONS = 30
#: A test below this probability is failed.
SIGNIFICANCE = 0.05
_WORSE = {Light.GREEN: 0, Light.YELLOW: 1, Light.RED: 2}


@dataclass(frozen=True)
class Grade:
    """How the forecasts of a method did. `observations` are days with a forecast and a return;
    the light and what it counts are of the newest 365 of them. Below 30 days all marks are None.
    """

    method: Method
    observations: int
    exceptions: int
    expected: float
    light_days: int
    light_exceptions: int
    kupiec: Test | None
    independence: Test | None
    joint: Test | None
    light: Light | None
    quantile_loss: float | None

    @property
    def failed(self) -> list[str]:
        """The tests that it does not pass at 5 %."""
        tests = {"Kupiec": self.kupiec, "independence": self.independence}
        return [name for name, test in tests.items() if test is None or test.p < SIGNIFICANCE]

    @property
    def passes(self) -> bool:
        return self.light is Light.GREEN and not self.failed


@dataclass(frozen=True)
class Recommendation:
    """`method` is None where nothing can be recommended; `reason` is one sentence."""

    method: Method | None
    reason: str


def grade(
    method: Method, returns: npt.ArrayLike, losses: npt.ArrayLike, confidence: float
) -> Grade:
    """Grade forecast `losses` (days,) against `returns` (days,); a NaN in either is no day."""
    happened, forecast = (np.asarray(a, dtype=np.float64) for a in (returns, losses))
    known = np.isfinite(happened) & np.isfinite(forecast)
    share, every = 1.0 - confidence, exceptions(happened, forecast)  # NaN is no exception
    happened, forecast, flags = happened[known], forecast[known], every[known]
    newest = flags[-LIGHT_DAYS:]
    observations, count, late = flags.size, int(flags.sum()), int(newest.sum())
    enough = observations >= LEAST_OBSERVATIONS
    coverage = kupiec(observations, count, share) if enough else None
    alone = christoffersen_independence(transitions(every, known)) if enough else None
    return Grade(
        method=method,
        observations=observations,
        exceptions=count,
        expected=observations * share,
        light_days=newest.size,
        light_exceptions=late,
        kupiec=coverage,
        independence=alone,
        joint=joint(coverage, alone),
        light=basel_light(newest.size, late, share) if enough else None,
        quantile_loss=quantile_loss(happened, forecast, share) if enough else None,
    )


def recommend(grades: Sequence[Grade]) -> Recommendation:
    """Of the methods that spoke on every day: green light and both tests passed at 5 %, then the
    lowest quantile loss, ties to the earlier in `Method`. If none passes, the best light, then the
    fewest failed tests, then the lowest quantile loss, and the reason says so.
    """
    most = max((one.observations for one in grades), default=0)
    if most < LEAST_OBSERVATIONS:
        return Recommendation(
            None, f"There are {most} graded days, and a grade takes {LEAST_OBSERVATIONS}."
        )
    spoke = [one for one in grades if one.observations == most]
    best = min(spoke, key=_rank)
    return Recommendation(best.method, _reason(best, sum(one.passes for one in spoke)))


def _rank(one: Grade) -> tuple[int, int, float, int]:
    light = 3 if one.light is None else _WORSE[one.light]
    loss = float("inf") if one.quantile_loss is None else one.quantile_loss
    return light, len(one.failed), loss, list(Method).index(one.method)


def _reason(best: Grade, passing: int) -> str:
    name = NAMES[best.method]
    count = (
        f"{best.exceptions} exceptions on {best.observations} days, {best.expected:.1f} promised"
    )
    if passing == 1:
        return f"{name} alone has a green light and passes both tests at 5 % ({count})."
    if passing:
        return (
            f"{name} has the lowest quantile loss of the {passing} methods with a green light "
            f"that pass both tests at 5 % ({count})."
        )
    failed = " and ".join(best.failed) or "no test"
    return (
        f"No method has a green light and passes both tests at 5 %: {name} comes nearest "
        f"({best.light} light, fails {failed}; {count})."
    )
