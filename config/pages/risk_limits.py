"""Limits on the Risk page: how far each is, what would restore it, and when it was breached."""

from __future__ import annotations

from typing import Any

from config.pages.risk_question import Asked
from risk.models import Limit
from risk.selectors.limits import breaches_for, limit_lines, limits_for
from risk.selectors.restoring import restore as cheapest

#: Breached limits whose restoring trade is looked for: each is a search.
MOST = 3
SHOWN = 20


def limits(asked: Asked) -> dict[str, Any]:
    """The lines of what is shown, and the history of breaches."""
    breaches = breaches_for(asked.user)
    if asked.chosen:
        breaches = breaches.filter(limit__portfolio=asked.chosen)
    return {
        "limits": _with_lines(asked),
        "breaches": list(breaches[:SHOWN]),
        "portfolio": asked.chosen,
    }


def _with_lines(asked: Asked) -> list[dict[str, Any]]:
    lines = {line.limit_id: line for line in limit_lines(asked.user, asked.chosen)}
    found = limits_for(asked.user)
    if asked.chosen:
        found = found.filter(portfolio=asked.chosen)
    return [{"limit": limit, "line": lines.get(limit.pk)} for limit in found]


def restore(asked: Asked) -> dict[str, Any]:
    """The cheapest trades that bring the breached limits of what is shown back."""
    over = [
        line.limit_id
        for line in limit_lines(asked.user, asked.chosen)
        if line.state == "over" and line.limit_id
    ]
    found = {limit.pk: limit for limit in limits_for(asked.user).filter(pk__in=over[:MOST])}
    return {
        "count": len(over),
        "plans": [_plan(found[pk]) for pk in over[:MOST] if pk in found],
        "asked": asked.question,
    }


def _plan(limit: Limit) -> dict[str, Any]:
    plan = cheapest(limit)
    totals: dict[str, float] = {}
    for trade in plan["trades"]:
        totals[trade["symbol"]] = totals.get(trade["symbol"], 0.0) - float(trade["quantity"])
    tries = ",".join(f"{symbol}:{units:.12g}" for symbol, units in totals.items())
    return {**plan, "limit": limit, "line": limit.line, "tries": tries}
