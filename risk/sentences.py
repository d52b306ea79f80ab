"""The one sentence said before any measure, as parts, so that a page can mask the amounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict


class Token(TypedDict, total=False):
    """`kind` is text, strong, money (`amount` as a decimal string, `currency`) or percent
    (`fraction`); text and strong have `text`.
    """

    kind: str
    text: str
    amount: str
    currency: str
    fraction: float


@dataclass(frozen=True)
class Riskiest:
    """The asset that carries the largest part of the risk."""

    symbol: str
    share_of_value: float
    share_of_risk: float


def text(words: str) -> Token:
    return {"kind": "text", "text": words}


def strong(words: str) -> Token:
    return {"kind": "strong", "text": words}


def percent(fraction: float) -> Token:
    return {"kind": "percent", "fraction": fraction}


def loss(
    *,
    fraction: float,
    amount: str,
    currency: str,
    confidence: float,
    horizon: int,
    riskiest: Riskiest | None,
) -> list[Token]:
    """On 1 day in 20 you could lose $4,120 or more (7.8 %). Most of it is SOL: …

    `fraction` and `amount` are the VaR, positive for a loss.
    """
    often = one_in(confidence, horizon)
    if fraction <= 0.0:
        return [text("Fewer than "), strong(often), text(" lost anything over the window.")]
    said: list[Token] = [
        text("On " if horizon == 1 else "In "),
        strong(often),
        text(" you could lose "),
        {"kind": "money", "amount": amount, "currency": currency},
        text(" or more ("),
        percent(fraction),
        text(")."),
    ]
    return said if riskiest is None else [*said, *_whose(riskiest)]


def unknown(reason: str) -> list[Token]:
    """No figure, and why."""
    return [strong("How much you could lose cannot be said yet."), text(f" {reason}")]


def one_in(confidence: float, horizon: int) -> str:
    """1 day in 20; or 1 of 20 periods of 10 days."""
    often = f"{round(1.0 / (1.0 - confidence), 1):g}"
    return f"1 day in {often}" if horizon == 1 else f"1 of {often} periods of {horizon} days"


def _whose(riskiest: Riskiest) -> list[Token]:
    if riskiest.share_of_risk > 0.995:
        return [text(" All of it is "), strong(riskiest.symbol), text(".")]
    most = " Most of it is " if riskiest.share_of_risk >= 0.5 else " The largest part is "
    return [
        text(most),
        strong(riskiest.symbol),
        text(": "),
        percent(riskiest.share_of_value),
        text(" of the value, "),
        percent(riskiest.share_of_risk),
        text(" of the risk."),
    ]


def plain(tokens: list[Token]) -> str:
    """The sentence as text, amounts to the cent and shares to the tenth of a percent."""
    return "".join(_plain(token) for token in tokens)


def _plain(token: Token) -> str:
    if token["kind"] == "money":
        return f"{float(token['amount']):,.2f} {token['currency']}"
    if token["kind"] == "percent":
        return f"{token['fraction'] * 100:.1f} %"
    return token["text"]
