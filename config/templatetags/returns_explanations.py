# ruff: noqa: RUF001 - words and formulas for people
"""The words behind the info marks of the Returns page. Conventions: docs/returns.md."""

from __future__ import annotations

from config.templatetags.explanations import Explanation

OF_RETURNS: dict[str, Explanation] = {
    "profit": Explanation(
        "Profit",
        "What the market did to your money over this range. Money you put in or took out is no "
        "profit and does not count.",
        "end − start − (paid in − taken out) = realised + unrealised + rewards",
    ),
    "money_weighted": Explanation(
        "Money-weighted return (XIRR)",
        "The yearly rate that a savings account would have had to pay on the same payments at the "
        "same days to leave you with as much. A good moment to pay in raises it.",
        "Σ payment ÷ (1 + r)^(days ÷ 365) = 0",
    ),
    "time_weighted": Explanation(
        "Time-weighted return",
        "What one unit of money has become that stayed in all the time. When you paid in does not "
        "matter, so that it can be compared with others.",
        "Π (value + taken out that day) ÷ (value before + paid in that day) − 1",
    ),
    "annualised": Explanation(
        "A year, time-weighted",
        "The steady yearly rate that makes the same. Shown from a full year on: less would be a "
        "guess.",
        "(1 + time-weighted)^(365 ÷ days) − 1",
    ),
    "modified_dietz": Explanation(
        "Modified Dietz",
        "Profit for the money that was at work, each payment weighed by how long it was there.",
        "profit ÷ (start + Σ payment × (days − day) ÷ days)",
    ),
    "simple_return": Explanation(
        "Simple return",
        "Profit for each unit of money that was there at the start or came in. Blind to when.",
        "profit ÷ (start + paid in)",
    ),
    "realised_range": Explanation(
        "Realised",
        "What was sold, spent or lost in this range brought less what it had cost, by the "
        "portfolio's cost basis, after fees.",
        "Σ proceeds − Σ basis",
    ),
    "unrealised_range": Explanation(
        "Unrealised",
        "How much more, or less, what you hold has come to be worth over its cost in this range.",
        "profit − realised − rewards",
    ),
    "rewards_range": Explanation(
        "Rewards",
        "Staking and other rewards, airdrops and forks, at what they were worth when they came.",
        "Σ units × price of the day",
    ),
    "fees_range": Explanation(
        "Fees",
        "Paid in this range. They are inside the figures beside them already: in the cost of what "
        "was bought, and off the proceeds of what was sold.",
        "Σ fee at the price of the day",
    ),
    "currency_effect": Explanation(
        "Currency effect",
        "Everything is priced in US dollars. This is the part of the profit that came from your "
        "base currency moving against the dollar; the rest is what the assets did.",
        "Σ value before × change of the rate; (1 + assets)(1 + currency) − 1 = return",
    ),
    "benchmark": Explanation(
        "Benchmark",
        "The same money on the same days in something else: each payment buys it by the shares "
        "at that day's close, each withdrawal is taken from all of it alike. Nothing is "
        "rebalanced in between.",
        "units × close",
    ),
    "months": Explanation(
        "Months",
        "The time-weighted return of each calendar month, days of UTC, cut to the range. A row "
        "compounds to its year.",
        "Π (1 + return of the day) − 1",
    ),
    "asset_contribution": Explanation(
        "Contribution",
        "How many points of the portfolio's time-weighted return came from this asset. They sum "
        "to the whole.",
        "Σ profit of the day ÷ portfolio at work × what the portfolio had grown to",
    ),
    "asset_profit": Explanation(
        "Profit of an asset",
        "What it is worth more than it was, less what was put into it and plus what was taken "
        "out of it, swaps included.",
        "end − start − paid in + taken out",
    ),
}
