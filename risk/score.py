"""The score: one number from 1 (calm) to 10, made of four parts that are shown beside it.

    score = 1 + 9 · Σ weight · part,   part = min(1, figure / full)

Each part is between 0 and 1, and more of its figure never lowers the score. `full` is where a part
is full; it was chosen on four years of real daily prices (docs/risk.md says what came out).
"""

from __future__ import annotations

from dataclasses import dataclass

LOWEST, HIGHEST = 1.0, 10.0

#: Figures of fewer days are too shaky to be scored: the tail at 95 % would hold fewer than five.
LEAST_OBSERVATIONS = 100

#: A change of the score smaller than this within a week is called steady.
STEADY = 0.3


@dataclass(frozen=True)
class Part:
    """One ingredient: its figure (a fraction ≥ 0), where that is full, and what it adds."""

    name: str
    title: str
    figure: float
    full: float
    weight: float

    @property
    def value(self) -> float:
        """Between 0 and 1."""
        return min(1.0, max(0.0, self.figure) / self.full)

    @property
    def contribution(self) -> float:
        """Points of the score that come from it."""
        return (HIGHEST - LOWEST) * self.weight * self.value


@dataclass(frozen=True)
class Score:
    value: float
    parts: tuple[Part, ...]

    @property
    def level(self) -> str:
        return level(self.value)


#: Title, the figure at which the part is full, and the part's weight; the weights sum to 1.
PARTS = {
    "volatility": ("Volatility, year", 1.20, 0.35),
    "tail": ("Tail loss (CVaR 95 %)", 0.13, 0.30),
    "drawdown": ("Deepest drawdown", 0.90, 0.20),
    "concentration": ("Concentration in coins", 1.00, 0.15),
}

#: Lowest score of each level, ascending.
LEVELS = ((1.0, "low"), (3.0, "moderate"), (5.0, "elevated"), (7.0, "high"), (8.5, "extreme"))


def score(*, volatility: float, tail: float, drawdown: float, concentration: float) -> Score:
    """Volatility per year, CVaR at 95 % of a day, size of the deepest drawdown, and Σ w² over
    coins (money and stablecoins count as weight 0): all fractions ≥ 0.
    """
    figures = {
        "volatility": volatility,
        "tail": tail,
        "drawdown": drawdown,
        "concentration": concentration,
    }
    parts = tuple(
        Part(name, title, figures[name], full, weight)
        for name, (title, full, weight) in PARTS.items()
    )
    return Score(LOWEST + sum(part.contribution for part in parts), parts)


def level(value: float) -> str:
    """The word for a score."""
    return next(word for least, word in reversed(LEVELS) if value >= least)


def trend(now: float, before: float) -> str:
    """Rising, falling or steady against the score of a week before."""
    if abs(now - before) < STEADY:
        return "steady"
    return "rising" if now > before else "falling"
