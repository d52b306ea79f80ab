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


def var_event(portfolio: str, rule: RuleSpec, value: Decimal, *, fired: bool) -> Wording:
    """A portfolio's 1-day VaR at 95 %, a positive fraction, crossed its line, or came back."""
    line, now, clears = percent(rule.threshold), percent(value), percent(rule.clears_at)
    up = rule.direction == ABOVE
    loses = f"On 1 day in 20 {portfolio} could lose {now} or more"
    if fired:
        return Wording(
            f"{portfolio}: 1-day VaR {'above' if up else 'below'} {line}",
            f"{loses}; your line is {line}. It clears at {clears} or {'less' if up else 'more'}.",
        )
    return Wording(
        f"{portfolio}: 1-day VaR back {'under' if up else 'above'} {line}",
        f"{loses}, clear of your line of {line}.",
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
