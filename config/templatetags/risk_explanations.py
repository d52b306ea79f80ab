# ruff: noqa: RUF001 - words and formulas for people
"""The words behind the info marks of the Risk page that other pages have no use for.

Meaning and formula of a measure are those of the engine (`risk.explanations`); here it gets its
name, and the parts of the page that are no measure get all three.
"""

from __future__ import annotations

from config.templatetags.explanations import Explanation
from risk.explanations import FIGURES
from risk.measures import Measure

_NAMES = {
    Measure.VAR_FILTERED_HISTORICAL: "Filtered historical VaR",
    Measure.VAR_STUDENT_T: "Student t VaR",
    Measure.DOWNSIDE_DEVIATION: "Downside deviation",
    Measure.SKEWNESS: "Skewness",
    Measure.KURTOSIS: "Excess kurtosis",
    Measure.OMEGA: "Omega ratio",
    Measure.LONGEST_DRAWDOWN: "Longest time under water",
    Measure.ULCER: "Ulcer index",
    Measure.ALPHA: "Alpha",
    Measure.CORRELATION: "Correlation with the benchmark",
    Measure.TRACKING_ERROR: "Tracking error",
    Measure.INFORMATION_RATIO: "Information ratio",
    Measure.CAPTURE: "Up and down capture",
    Measure.EFFECTIVE_ASSETS_BY_RISK: "Effective assets by risk",
    Measure.DIVERSIFICATION_RATIO: "Diversification ratio",
    Measure.LIQUIDITY: "Days to sell it all",
    Measure.PROXIED: "Stood in for by others",
    Measure.MONTE_CARLO: "Monte Carlo",
}

OF_RISK: dict[str, Explanation] = {
    measure.value.replace(".", "_"): Explanation(name, *FIGURES[measure])
    for measure, name in _NAMES.items()
} | {
    "components": Explanation(
        "Component, marginal and incremental VaR",
        "Three answers to “whose risk is it”: its part of today's loss, what more of it would "
        "add, and what selling it would take away.",
        "component: wᵢ × marginal, they sum to the whole · marginal: ∂loss ÷ ∂wᵢ · incremental: "
        "loss with it − loss without it",
    ),
    "backtest": Explanation(
        "Backtest",
        "What each method would have said of every past day on the evening before, set against "
        "what today's holdings did on it. An exception is a day that lost more than was said.",
        "exceptions ÷ days against 1 − confidence; Kupiec: likelihood ratio of the count; "
        "Christoffersen: of their coming alone; light: Basel's, on 365 days",
    ),
    "scenarios": Explanation(
        "Scenarios",
        "What today's holdings would lose if prices moved as they did in a crisis, if one thing "
        "everybody relies on broke, or as you say.",
        "Σ value × change of its price; a coin that did not trade then moves by its beta to BTC",
    ),
    "what_if": Explanation(
        "What if",
        "Every figure worked out again as if you had traded. Nothing is bought or sold here.",
        "the risk answer at the changed weights",
    ),
    "limits": Explanation(
        "Limits",
        "What you said the ship may carry. A breach is kept with when it began, how deep it went "
        "and when it ended; the page looks for the cheapest sale that ends it.",
        "value ÷ your limit, judged whenever the figures are worked out",
    ),
}
