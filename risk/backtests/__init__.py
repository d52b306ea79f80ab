"""Grading VaR forecasts against what happened: pure functions, arrays in, numbers out.

``coverage``  were there as many exceptions as promised, and did they come alone
``walking``   what each method would have said on each day of the past
``grades``    the grade of a method, and which method to recommend
"""

from __future__ import annotations

from risk.backtests.coverage import (
    LIGHT_DAYS,
    Light,
    Test,
    Transitions,
    basel_light,
    christoffersen_independence,
    exceptions,
    joint,
    kupiec,
    light_limits,
    quantile_loss,
    transitions,
)
from risk.backtests.grades import LEAST_OBSERVATIONS, Grade, Recommendation, grade, recommend
from risk.backtests.walking import days_needed, forecasts, walk

__all__ = [
    "LEAST_OBSERVATIONS",
    "LIGHT_DAYS",
    "Grade",
    "Light",
    "Recommendation",
    "Test",
    "Transitions",
    "basel_light",
    "christoffersen_independence",
    "days_needed",
    "exceptions",
    "forecasts",
    "grade",
    "joint",
    "kupiec",
    "light_limits",
    "quantile_loss",
    "recommend",
    "transitions",
    "walk",
]
