"""How well each method foretold: the light beside it, and the chart of what was said and came."""

from __future__ import annotations

from typing import Any

from config.pages.risk_figures import moment
from config.pages.risk_question import METHODS, Asked
from risk.selectors import Answer
from risk.selectors.backtests import backtest


def walked(asked: Asked) -> Answer:
    """Today's weights over the past, each day foretold from the window before it."""
    question = asked.question
    return backtest(
        asked.of,
        confidence=question.confidence,
        window=question.window,
        method=question.method,
        base=asked.base,
        as_of=question.as_of,
    )


def grades(asked: Asked) -> dict[str, Any]:
    """Light and exceptions by method, the one recommended, and what was graded."""
    found = walked(asked)
    best = found["recommended"]
    return {
        "grades": found["methods"] if found["days"] else {},
        "recommended": best["method"],
        "grading": _said(found),
    }


def _said(found: Answer) -> str:
    if not found["days"]:
        return " ".join(found["warnings"])
    return (
        f"{found['recommended']['reason']} Each of {found['days']} days was foretold from the "
        f"{found['window_days']} days before it; the light looks at the newest 365."
    )


def graded(asked: Asked) -> dict[str, Any]:
    """The chart and the tests behind the lights."""
    found = walked(asked)
    return {
        "asked": asked.question,
        "found": found,
        "chart": chart(found),
        "method_title": METHODS[found["method"]][0],
        "tests": [
            {"name": METHODS[key][0], "is_best": key == found["recommended"]["method"], **row}
            for key, row in found["methods"].items()
        ],
        "exceptions": sum(1 for day in found["series"] if day["exception"]),
        "as_of": moment(found["as_of"]),
        "window_text": f"{found['window_days']} days",
    }


def chart(found: Answer) -> dict[str, Any]:
    """Returns, the line that was said, and the days below it."""
    return {
        "points": [[day["day"], day["return"]] for day in found["series"]],
        "line": [
            [day["day"], None if day["var"] is None else -day["var"]] for day in found["series"]
        ],
        "exceptions": [day["day"] for day in found["series"] if day["exception"]],
    }
