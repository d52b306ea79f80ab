"""What if: sliders and a ticket; every figure before and after, and nothing is bought."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError

from config.pages.risk_question import Asked, Errors
from risk.selectors import Answer
from risk.selectors.what_if import what_if as answer_after
from risk.what_if import Trade

#: Assets with a slider: the largest; the ticket reaches the others.
SLIDERS = 12

#: Figures that are always shown before and after: path, title, unit, and whether more is worse.
SHOWN = (
    ("chosen.var", "VaR", "loss", True),
    ("chosen.cvar", "CVaR", "loss", True),
    ("volatility", "Volatility, year", "percent", True),
    ("max_drawdown", "Deepest drawdown", "percent", False),
    ("score", "Risk score", "number", True),
    ("effective_assets_by_risk", "Effective assets by risk", "number", False),
    ("beta", "Beta", "number", None),
    ("liquidity.days", "Days to sell it all", "number", True),
)


def what_if(asked: Asked) -> dict[str, Any]:
    """The sliders as things are."""
    parts = asked.answer["contributions"]
    return {
        "answer": asked.answer,
        "sliders": parts[:SLIDERS],
        "others": len(parts) - len(parts[:SLIDERS]),
        "symbols": [part["symbol"] for part in parts],
        **result(asked),
    }


def result(asked: Asked) -> dict[str, Any]:
    """Before and after the trades of the query: `weight.SYM` in percent, and `trade` SYM:units."""
    trades, errors = _trades(asked)
    found: Answer | None = None
    if trades and not errors:
        try:
            found = answer_after(
                asked.user, asked.of, trades, asked=asked.question, base=asked.base
            )
        except ValidationError as error:
            errors = error.message_dict
    return {
        "after": found,
        "compared": _compared(asked.answer, found["after"] if found else None),
        "what_if_errors": [said for messages in errors.values() for said in messages],
        "base": asked.base,
    }


def _trades(asked: Asked) -> tuple[list[Trade], Errors]:
    trades: list[Trade] = []
    errors: Errors = {}
    for name, text in asked.query.items():
        if name.startswith("weight.") and text:
            share, wrong = _decimal(name, str(text))
            errors |= wrong
            trades.append(Trade(name.removeprefix("weight.").upper(), weight=share / 100))
    for at, row in enumerate(asked.query.getlist("trade")):
        symbol, _, text = row.partition(":")
        if not symbol.strip() and not text.strip():
            continue
        units, wrong = _decimal(f"trade.{at}", text)
        errors |= wrong
        trades.append(Trade(symbol.strip().upper(), quantity=units))
    return trades, errors


def _decimal(name: str, text: str) -> tuple[Decimal, Errors]:
    try:
        found = Decimal(text.strip().replace("−", "-"))  # noqa: RUF001
    except InvalidOperation:
        found = Decimal("NaN")
    if found.is_finite():
        return found, {}
    return Decimal(0), {name: [f"{name}: {text or 'nothing'} is no number."]}


def _compared(now: Answer, then: Answer | None) -> list[dict[str, Any]]:
    """The figures that are always shown; nothing stands under `then` before anything is tried."""
    rows = []
    for path, title, unit, more_is_worse in SHOWN:
        before, after = _at(now, path), _at(then, path)
        rows.append(
            {
                "title": title,
                "unit": unit,
                "before": before,
                "after": after,
                "tone": _tone(before, after, more_is_worse),
            }
        )
    return rows


def _at(answer: Answer | None, path: str) -> Any:
    found: Any = answer
    for name in path.split("."):
        found = found.get(name) if found else None
    return found


def _tone(before: Any, after: Any, more_is_worse: bool | None) -> str:
    """better, worse or same, in words beside the figure; nothing where more is neither."""
    old, new = (one["fraction"] if isinstance(one, dict) else one for one in (before, after))
    if old is None or new is None or more_is_worse is None:
        return ""
    if abs(new - old) < 1e-6:
        return "same"
    return "worse" if (new > old) == more_is_worse else "better"
