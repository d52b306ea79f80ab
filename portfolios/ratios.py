"""A ratio that may not exist, and why. No framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True, slots=True)
class Ratio:
    """`value` is a fraction (0.1 = 10 %); None where there is none, and then `reason` says why."""

    value: float | None
    reason: str = ""

    @classmethod
    def known(cls, value: float) -> Ratio:
        """A figure that came out of a computation; one that is no number is none."""
        return cls(value) if isfinite(value) else NO_NUMBER

    def then(self, compute: Callable[[float], Ratio]) -> Ratio:
        """What follows from the value; without one the reason stays."""
        return self if self.value is None else compute(self.value)


NO_NUMBER = Ratio(None, "The figure is too large to tell.")
NO_VALUE = Ratio(None, "A price was missing at an end of the range.")
NOTHING = Ratio(None, "Nothing was held in this range.")
NOT_INVESTED = Ratio(None, "No money was at work in this range.")
ONE_DAY = Ratio(None, "One day is too short for a yearly rate.")
ONE_SIGN = Ratio(None, "All money went one way, so that no rate fits.")
NO_RATE = Ratio(None, "No yearly rate makes these payments even.")
UNDER_A_YEAR = Ratio(None, "Less than a year: a yearly figure would be a guess.")
#: What a yearly rate asks for at least.
YEAR_DAYS = 365
ALL_LOST = Ratio(None, "Everything was lost.")
NO_CURRENCY = Ratio(None, "A rate of the currency was missing.")
VENUES = Ratio(None, "Your portfolios are priced at venues that have no rate in common.")
