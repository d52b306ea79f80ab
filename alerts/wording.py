"""The sentences of alerts. Numbers are written one way here, for people of every locale."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from alerts.rules import ABOVE, RuleSpec


@dataclass(frozen=True)
class Wording:
    """A headline (at most 160 characters) and one or two sentences (at most 500)."""

    title: str
    message: str


def price_event(symbol: str, rule: RuleSpec, value: Decimal, *, fired: bool) -> Wording:
    """A price in US dollars per unit crossed its line, or came back over it."""
    line, now, clears = dollars(rule.threshold), dollars(value), dollars(rule.clears_at)
    up = rule.direction == ABOVE
    if fired:
        return Wording(
            f"{symbol} {'rose above' if up else 'fell below'} {line}",
            f"{symbol} is at {now}; your line is {line}. "
            f"It clears at {clears} or {'less' if up else 'more'}.",
        )
    return Wording(
        f"{symbol} is back {'under' if up else 'above'} {line}",
        f"{symbol} is at {now}, clear of your line of {line}.",
    )


#: Of each measure of risk: its name in a headline, and the sentence that says its value.
_RISKS = {
    "var": ("1-day VaR", "On 1 day in 20 {portfolio} could lose {now} or more"),
    "cvar": ("1-day CVaR", "On the worst 1 day in 20 {portfolio} loses {now} on average"),
    "volatility": ("volatility", "The volatility of {portfolio} is {now} a year"),
    "score": ("risk score", "The risk score of {portfolio} is {now} of 10"),
    "current_drawdown": ("drawdown", "{portfolio} is {now} below its peak at today's weights"),
    "risk_share": ("largest share of risk", "One coin carries {now} of the risk of {portfolio}"),
}


def risk_event(
    portfolio: str, measure: str, rule: RuleSpec, value: Decimal, *, fired: bool
) -> Wording:
    """A portfolio's measure of risk (a positive fraction, or a score) crossed its line, or came
    back.
    """
    name, says = _RISKS[measure]
    write = points if measure == "score" else percent
    line, now, clears = write(rule.threshold), write(value), write(rule.clears_at)
    up = rule.direction == ABOVE
    sentence = says.format(portfolio=portfolio, now=now)
    if fired:
        back = f"It clears at {clears} or {'less' if up else 'more'}."
        return Wording(
            f"{portfolio}: {name} {'above' if up else 'below'} {line}",
            f"{sentence}; your line is {line}. {back}",
        )
    return Wording(
        f"{portfolio}: {name} back {'under' if up else 'above'} {line}",
        f"{sentence}, clear of your line of {line}.",
    )


def titled(name: str, words: Wording) -> Wording:
    """With the name its owner gave the rule, as far as 160 characters go."""
    return Wording(f"{name}: {words.title}"[:160], words.message) if name else words


def dollars(value: Decimal) -> str:
    """$64,210.50, and small prices by four significant digits: $0.00001234."""
    if value >= 1 or value == 0:
        return "$" + f"{value:,.2f}".removesuffix(".00")
    digits = 3 - value.adjusted()
    return "$" + f"{value:.{digits}f}".rstrip("0")


def percent(fraction: Decimal) -> str:
    """8 %, 8.25 %: at most two decimals."""
    return f"{fraction * 100:.2f}".rstrip("0").rstrip(".") + " %"


def points(score: Decimal) -> str:
    """7, 7.2: a score as it is shown, with one decimal at most."""
    return f"{score:.1f}".removesuffix(".0")
