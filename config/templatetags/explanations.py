# ruff: noqa: RUF001 - words and formulas for people: real minus, dash and Greek letters
"""What each measure means: the words behind the info marks. Formulas follow design §7."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """One measure: its name, one plain sentence, and how it is computed."""

    name: str
    meaning: str
    formula: str = ""


EXPLANATIONS = {
    "total_value": Explanation(
        "Total value",
        "What everything you hold would fetch at the newest prices. Assets without a price are "
        "left out and listed under “Needs attention”.",
        "Σ quantity × price",
    ),
    "change": Explanation(
        "Change",
        "What the market did to your money over this range. Money you put in or took out is "
        "no profit and does not count.",
        "end − start − (paid in − taken out); % = chain of daily returns",
    ),
    "balance_change": Explanation(
        "Balance change",
        "How much larger or smaller the total is, deposits and withdrawals included.",
        "end value − start value",
    ),
    "paid_in": Explanation(
        "Paid in",
        "All that came in less all that went out, up to each day.",
        "Σ inflow − Σ outflow",
    ),
    "unrealised": Explanation(
        "Profit on what you hold",
        "What you would gain if you sold today, before taxes. Fees of buying are part of the cost.",
        "value − basis of the lots still held",
    ),
    "realised": Explanation(
        "Realised profit",
        "What your sales brought over what the sold units had cost, lot by lot, by the "
        "portfolio's own method.",
        "Σ proceeds − Σ basis",
    ),
    "asset_value": Explanation(
        "Value",
        "What the units held would fetch at the newest price of the portfolio's own venue.",
        "units × price",
    ),
    "whole_profit": Explanation(
        "Profit since the start",
        "What everything brought so far: on what you hold, by what you sold, and as income. What "
        "you paid in is no part of it.",
        "on what you hold + realised + income",
    ),
    "rewards": Explanation(
        "Income",
        "Rewards, airdrops and forks at what they were worth when they came. The same amount is "
        "their cost, so that later gains do not count it again.",
        "Σ units × price of the day",
    ),
    "fees": Explanation(
        "Fees",
        "What buying, selling and moving cost, and interest paid. Told for information: costs and "
        "gains contain them already.",
        "Σ fees at the price of their day",
    ),
    "cost": Explanation(
        "Cost of what you hold",
        "What the units you still hold have cost you, buying fees included.",
        "Σ basis of what is left of each lot",
    ),
    "basis": Explanation(
        "Basis",
        "What these units cost when they came, fees included: what a sale is measured against.",
        "cost of the lot × units left ÷ units bought",
    ),
    "proceeds": Explanation(
        "Proceeds", "What the sale brought after its fee.", "quantity × price − fee"
    ),
    "gain": Explanation(
        "Gain",
        "Proceeds less the basis of the very units that left. Withdrawals and gifts take basis "
        "out and make no gain.",
        "proceeds − basis",
    ),
    "average_price": Explanation(
        "Average price", "What one unit you still hold has cost you.", "cost ÷ quantity"
    ),
    "score": Explanation(
        "Risk score",
        "One figure from 1 (calm) to 10 (extreme), put together from the parts listed beside it.",
        "weighted mean of the parts, each on 0 to 100",
    ),
    "var": Explanation(
        "Value at risk (VaR)",
        "The loss that a bad day exceeds: on 5 of 100 days like those of the window, today's "
        "holdings would have lost this much or more.",
        "−quantile(returns, 1 − confidence), linear (Hyndman–Fan 7)",
    ),
    "var_historical": Explanation(
        "Historical VaR",
        "Today's holdings on each past day of the window; the loss at the edge of the worst days.",
        "−quantile(Σ wᵢ rᵢ, 1 − confidence), linear",
    ),
    "var_parametric": Explanation(
        "Parametric VaR",
        "Assumes returns follow a bell curve. Crypto has fatter tails, so it says too little.",
        "−(μ + z σ)",
    ),
    "var_cornish_fisher": Explanation(
        "Cornish–Fisher VaR",
        "The bell curve bent by the skew and the fat tails of the data; shown only where the "
        "bending is valid.",
        "−(μ + z_cf σ), within Maillard's domain",
    ),
    "var_ewma": Explanation(
        "EWMA VaR",
        "Recent days count more, so it follows a change of weather within weeks.",
        "−z σₜ, σ²ₜ = 0.94 σ²ₜ₋₁ + 0.06 r²ₜ₋₁",
    ),
    "cvar": Explanation(
        "Expected shortfall (CVaR)",
        "When a day is worse than the VaR, this is the average loss of such days.",
        "mean of the worst 1 − confidence of days (Rockafellar–Uryasev)",
    ),
    "volatility": Explanation(
        "Volatility",
        "How widely daily returns spread, scaled to a year.",
        "stdev(returns, ddof 1) × √365",
    ),
    "sharpe": Explanation(
        "Sharpe ratio",
        "Return for each unit of swing. Above 1 is good, below 0 you were not paid for the risk.",
        "mean excess return ÷ stdev × √365",
    ),
    "sortino": Explanation(
        "Sortino ratio",
        "Like Sharpe, but only swings downward count as risk.",
        "mean excess return ÷ downside deviation × √365",
    ),
    "calmar": Explanation(
        "Calmar ratio",
        "Yearly return set against the deepest fall.",
        "annual return ÷ |max drawdown|",
    ),
    "max_drawdown": Explanation(
        "Deepest drawdown",
        "The largest fall from a high to a later low within the window.",
        "min(wealth ÷ running maximum − 1)",
    ),
    "current_drawdown": Explanation(
        "Drawdown now",
        "How far today is below the highest point of the window.",
        "wealth today ÷ running maximum − 1",
    ),
    "beta": Explanation(
        "Beta",
        "How much the portfolio moves when its benchmark moves by 1 %.",
        "cov(portfolio, benchmark) ÷ var(benchmark)",
    ),
    "hhi": Explanation(
        "Concentration (HHI)",
        "1 means everything sits in one asset; near 0 means it is spread widely.",
        "Σ wᵢ²",
    ),
    "effective_assets": Explanation(
        "Effective assets",
        "How many equally large holdings would be as spread as yours.",
        "1 ÷ Σ wᵢ²",
    ),
    "average_correlation": Explanation(
        "Average correlation",
        "How much your assets move together; near 1 they fall together.",
        "mean of pairwise Pearson correlations of daily returns",
    ),
    "correlation": Explanation(
        "Correlation",
        "1: two assets always move together; 0: nothing in common; below 0: against each other.",
        "Pearson on paired daily returns",
    ),
    "contributions": Explanation(
        "Where the risk sits",
        "Each asset's share of the portfolio's volatility, beside its share of the value.",
        "wᵢ (Σw)ᵢ ÷ w′Σw",
    ),
    "histogram": Explanation(
        "Daily returns",
        "How often each size of day came; the tail left of the line is what VaR speaks of.",
        "Σ today's weight × daily return, per day of the window",
    ),
    "underwater": Explanation(
        "Under water",
        "How far below its last high the portfolio would have been on each day.",
        "wealth ÷ running maximum − 1",
    ),
    "load_lines": Explanation(
        "Load lines",
        "Each bar is what you carry; the mark is the most you said you want to carry.",
        "value ÷ your limit",
    ),
    "change_24h": Explanation(
        "24 h change",
        "Newest price against the price 24 hours earlier at the same venue.",
        "price ÷ price 24 h ago − 1",
    ),
    "volume": Explanation(
        "Volume, 24 h",
        "What was traded in the last 24 hours at the venue whose prices you see.",
        "Σ quantity × price",
    ),
}
