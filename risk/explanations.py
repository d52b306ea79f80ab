# ruff: noqa: RUF001, RUF003 - formulas for people: real minus, dash, Greek letters
"""How each figure of an answer was computed: what stands behind its info mark."""

from __future__ import annotations

from typing import Any

from risk.measures import Measure
from risk.score import PARTS

_SCORE = " + ".join(
    f"{weight:.2f}·min(1, {name} ÷ {full:.2f})" for name, (_, full, weight) in PARTS.items()
)

#: Meaning in one plain sentence, and formula. `r` is the risk series: Σ today's weight × the
#: asset's simple daily return; α = 1 − confidence.
FIGURES: dict[Measure, tuple[str, str]] = {
    Measure.VALUE: (
        "What everything with a price is worth.",
        "Σ quantity × price of what has a price",
    ),
    Measure.VOLATILITY: (
        "How far returns usually stray from their mean in a year.",
        "stdev(r, n − 1) × √365",
    ),
    Measure.VAR_HISTORICAL: (
        "The loss that was exceeded on α of the days, as the past was.",
        "−quantile(r, α), linear (Hyndman–Fan 7), scaled to the horizon",
    ),
    Measure.VAR_PARAMETRIC: (
        "The loss exceeded on α of the days if returns followed a bell curve.",
        "−(μ + z·σ), z the normal quantile of α, scaled to the horizon",
    ),
    Measure.VAR_CORNISH_FISHER: (
        "The bell curve, bent by the skewness and the fat tails of these returns.",
        "−(μ + z_cf·σ), only inside Maillard's domain, scaled to the horizon",
    ),
    Measure.VAR_EWMA: (
        "The bell curve at the volatility of recent weeks.",
        "−z·σₜ, σ²ₜ₊₁ = 0.94·σ²ₜ + 0.06·r²ₜ from σ²₁ = r²₁, zero mean, scaled to the horizon",
    ),
    Measure.VAR_FILTERED_HISTORICAL: (
        "The past's surprises, at today's volatility.",
        "−quantile(rₜ ÷ σₜ × σ_tomorrow, α), σ by RiskMetrics 0.94, scaled to the horizon",
    ),
    Measure.VAR_STUDENT_T: (
        "A bell curve with fat tails.",
        "−(μ + t_ν·σ·√((ν − 2) ÷ ν)), ν = 4 + 6 ÷ excess kurtosis, scaled to the horizon",
    ),
    Measure.CVAR: (
        "The mean loss on the worst α of the days.",
        "mean of the worst α of r (Rockafellar–Uryasev), scaled to the horizon",
    ),
    Measure.CVAR_HISTORICAL: (
        "The mean loss on the worst α of the days.",
        "mean of the worst α of r (Rockafellar–Uryasev), scaled to the horizon",
    ),
    Measure.CVAR_PARAMETRIC: (
        "The mean loss beyond the VaR of the bell curve.",
        "−(μ − σ·φ(z) ÷ α), scaled to the horizon",
    ),
    Measure.CVAR_CORNISH_FISHER: (
        "The mean loss beyond the VaR of the bent bell curve.",
        "mean of −(μ + z_cf·σ) over the tail, in closed form, only inside Maillard's domain",
    ),
    Measure.CVAR_EWMA: (
        "The mean loss beyond the VaR at the volatility of recent weeks.",
        "σₜ·φ(z) ÷ α, scaled to the horizon",
    ),
    Measure.CVAR_FILTERED_HISTORICAL: (
        "The mean of the worst α of the past's surprises, at today's volatility.",
        "mean of the worst α of rₜ ÷ σₜ × σ_tomorrow, scaled to the horizon",
    ),
    Measure.CVAR_STUDENT_T: (
        "The mean loss beyond the VaR of the fat-tailed curve.",
        "−(μ − σ·√((ν − 2) ÷ ν)·f_ν(t) ÷ α·(ν + t²) ÷ (ν − 1)), scaled to the horizon",
    ),
    Measure.SKEWNESS: (
        "Below zero: large losses are more usual than large gains.",
        "mean(((r − μ) ÷ σ)³), of the population",
    ),
    Measure.KURTOSIS: (
        "Above zero: extreme days are more usual than on a bell curve.",
        "mean(((r − μ) ÷ σ)⁴) − 3, of the population",
    ),
    Measure.DOWNSIDE_DEVIATION: (
        "Volatility of losses alone: gains count as zero.",
        "√(mean(min(r, 0)²) × 365)",
    ),
    Measure.SHARPE: (
        "Reward for a unit of volatility.",
        "(mean(r) − risk-free ÷ 365) ÷ stdev(r, n − 1) × √365",
    ),
    Measure.SORTINO: (
        "Reward for a unit of downside.",
        "(mean(r) × 365 − risk-free) ÷ √(mean(min(r, 0)²) × 365)",
    ),
    Measure.CALMAR: (
        "Growth for a unit of the deepest drawdown.",
        "(Π(1 + r)^(365 ÷ n) − 1) ÷ |deepest drawdown|",
    ),
    Measure.OMEGA: (
        "What was won for each unit lost.",
        "Σ max(r, 0) ÷ Σ max(−r, 0)",
    ),
    Measure.MAX_DRAWDOWN: (
        "The deepest fall from a peak.",
        "min(wealth ÷ running maximum − 1), wealth = Π(1 + r) from 1",
    ),
    Measure.CURRENT_DRAWDOWN: (
        "How far below its peak it is now.",
        "wealth at the end ÷ its maximum − 1",
    ),
    Measure.LONGEST_DRAWDOWN: (
        "The longest stretch of days without a new peak.",
        "days of the longest run with wealth below its running maximum",
    ),
    Measure.DRAWDOWN: (
        "When the deepest fall began, ended, and was made good.",
        "start: last peak before the trough; recovery: first day back at that peak",
    ),
    Measure.ULCER: (
        "How deep and how long it was under water.",
        "√(mean(drawdown²))",
    ),
    Measure.BETA: (
        "How much it moves when the benchmark moves by one.",
        "cov(r, benchmark) ÷ var(benchmark), on the days that both have",
    ),
    Measure.ALPHA: (
        "What a year brought beyond what the benchmark explains.",
        "(mean(r) − f − β·(mean(benchmark) − f)) × 365, f = risk-free ÷ 365",
    ),
    Measure.CORRELATION: (
        "How closely it moves with the benchmark, from −1 to 1.",
        "Pearson's r, on the days that both have",
    ),
    Measure.TRACKING_ERROR: (
        "How far it strays from the benchmark in a year.",
        "stdev(r − benchmark, n − 1) × √365",
    ),
    Measure.INFORMATION_RATIO: (
        "Reward beyond the benchmark for a unit of straying from it.",
        "mean(r − benchmark) ÷ stdev(r − benchmark, n − 1) × √365",
    ),
    Measure.CAPTURE: (
        "Its share in the benchmark's good days and in its bad days.",
        "mean(r) ÷ mean(benchmark), over the days on which the benchmark rose, and fell",
    ),
    Measure.HHI: (
        "Concentration of value: 1 is everything in one asset.",
        "Σ weight²",
    ),
    Measure.EFFECTIVE_ASSETS: (
        "As many equal positions would be as concentrated in value.",
        "1 ÷ Σ weight²",
    ),
    Measure.EFFECTIVE_ASSETS_BY_RISK: (
        "As many equal parts of risk would be as concentrated.",
        "(Σ|part|)² ÷ Σ part², the parts being those of the volatility",
    ),
    Measure.DIVERSIFICATION_RATIO: (
        "1 is no diversification; above it, moves of the assets offset each other.",
        "Σ weight × asset's σ ÷ portfolio's σ, both of the chosen covariance",
    ),
    Measure.AVERAGE_CORRELATION: (
        "How closely the assets move with each other.",
        "plain mean of the correlation over all pairs; sample: each on common days",
    ),
    Measure.LIQUIDITY: (
        "How long a sale takes that is a given share of the usual volume, and what may be lost "
        "until it is done.",
        "days = value ÷ (share × mean of 30 days' volume × close); VaR of Σ w·k·r, "
        "k = √((T + 1)(2T + 1) ÷ 6T), T = max(1, days)",
    ),
    Measure.PROXIED: (
        "Which share of the series is not the assets' own past.",
        "Σ weight × days filled ÷ days; filled with β × BTC's or ETH's return + own residuals, "
        "below 30 own days with those of the coin of median volatility of its kind",
    ),
    Measure.SCORE: (
        "Risk in one number, 1 is calm and 10 extreme.",
        f"1 + 9 × ({_SCORE}), of one day at 95 %",
    ),
    Measure.CONTRIBUTIONS: (
        "Who carries how much of the risk.",
        "volatility: w·(Σw) ÷ σ; they sum to the portfolio's own (Euler)",
    ),
    Measure.MONTE_CARLO: (
        "Many possible futures, drawn from the past.",
        "block bootstrap: stationary blocks of 10 days on average; t-copula: joint days of a t "
        "with 4 degrees of freedom and rank correlations, each asset's own past as its margin",
    ),
}


def explain(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By measure (var_historical for `var.historical`): formula, window, observations, source and
    age of the figures in `answer`.
    """
    facts = sources(answer)
    return {
        measure.value.replace(".", "_"): {"meaning": meaning, "formula": formula, **facts}
        for measure, (meaning, formula) in FIGURES.items()
    }


def sources(answer: dict[str, Any]) -> dict[str, Any]:
    """Window, observations, source and age: what all figures of an answer have in common."""
    source = f"{answer['venue'] or 'no venue'}, daily closes"
    if answer["first_day"]:
        source += f" up to {answer['last_day']}"
    if answer["simulated"]:
        source += " (simulated)"
    return {
        "window_days": answer["window_days"],
        "observations": answer["observations"],
        "source": source,
        "as_of": answer["as_of"],
        "priced_at": answer["priced_at"],
    }
