# ruff: noqa: RUF001, RUF003 - formulas for people: real minus, dash, Greek letters
"""How each figure of an answer was computed: what stands behind its info mark."""

from __future__ import annotations

from typing import Any

from risk.measures import Measure
from risk.score import PARTS

_SCORE = " + ".join(
    f"{weight:.2f}·min(1, {name} ÷ {full:.2f})" for name, (_, full, weight) in PARTS.items()
)

#: `r` is the risk series: Σ today's weight × the asset's simple daily return.
FORMULAS: dict[Measure, str] = {
    Measure.VALUE: "Σ quantity × price of what has a price",
    Measure.VOLATILITY: "stdev(r, n − 1) × √365",
    Measure.VAR_HISTORICAL: "−quantile(r, 1 − confidence), linear (Hyndman–Fan 7) × √horizon",
    Measure.VAR_PARAMETRIC: "−(μ + z·σ) × √horizon, z the normal quantile of 1 − confidence",
    Measure.VAR_CORNISH_FISHER: "−(μ + z_cf·σ) × √horizon, only inside Maillard's domain",
    Measure.VAR_EWMA: "−z·σₜ × √horizon, σ²ₜ₊₁ = 0.94·σ²ₜ + 0.06·r²ₜ from σ²₁ = r²₁, zero mean",
    Measure.CVAR: "mean of the worst 1 − confidence of r (Rockafellar–Uryasev) × √horizon",
    Measure.SHARPE: "(mean(r) − risk-free ÷ 365) ÷ stdev(r, n − 1) × √365",
    Measure.SORTINO: "(mean(r) × 365 − risk-free) ÷ √(mean(min(r, 0)²) × 365)",
    Measure.CALMAR: "(Π(1 + r)^(365 ÷ n) − 1) ÷ |deepest drawdown|",
    Measure.MAX_DRAWDOWN: "min(wealth ÷ running maximum − 1), wealth = Π(1 + r) from 1",
    Measure.CURRENT_DRAWDOWN: "wealth at the end ÷ its maximum − 1",
    Measure.BETA: "cov(r, benchmark) ÷ var(benchmark), on the days that both have",
    Measure.HHI: "Σ weight²",
    Measure.EFFECTIVE_ASSETS: "1 ÷ Σ weight²",
    Measure.AVERAGE_CORRELATION: "plain mean of Pearson's r over all pairs, each on common days",
    Measure.SCORE: f"1 + 9 × ({_SCORE}), of one day at 95 %",
    Measure.CONTRIBUTIONS: "volatility: w·(Σw) ÷ σ; they sum to the portfolio's own (Euler)",
}


def explain(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By measure (var_historical for `var.historical`): formula, window, observations, source and
    age of the figures in `answer`.
    """
    source = f"{answer['venue'] or 'no venue'}, daily closes"
    if answer["first_day"]:
        source += f" up to {answer['last_day']}"
    if answer["simulated"]:
        source += " (simulated)"
    facts = {
        "window_days": answer["window_days"],
        "observations": answer["observations"],
        "source": source,
        "as_of": answer["as_of"],
        "priced_at": answer["priced_at"],
    }
    return {
        measure.value.replace(".", "_"): {"formula": FORMULAS[measure], **facts}
        for measure in Measure
    }
