"""The figures of the Risk page that are there at once, and what its first charts are drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.selectors import load_lines
from config.pages.risk_question import METHODS, Asked
from portfolios.models import Portfolio
from risk import drawings
from risk.selectors import Answer, Look, score_history

#: Assets that are named one by one beside their bars.
SHOWN = 12


@dataclass(frozen=True)
class Figure:
    """One measure: the key of its explanation, its title, and how it is written.

    `unit` is percent, number, days or money (`value` then has fraction and amount).
    """

    key: str
    title: str
    value: Any
    unit: str = "number"
    digits: int = 2


def first(asked: Asked) -> dict[str, Any]:
    """The first paint: sentence, load lines, shares, methods, score, measures."""
    answer, seen, history = asked.answer, asked.look, _history(asked.chosen)
    return {
        "answer": answer,
        "one_in": f"{1 / (1 - answer['confidence']):.3g}",
        "priced_at": moment(answer["priced_at"]),
        "why": why(answer),
        "methods": methods(answer),
        "lines": lines(asked),
        "groups": groups(answer),
        "shown_parts": answer["contributions"][:SHOWN],
        "widest": widest(answer["contributions"]),
        "histogram": histogram(answer, seen),
        "underwater": underwater(seen),
        "history": history,
        "under_at": _place(answer, history),
    }


def _place(answer: Answer, history: dict[str, Any]) -> str:
    """Where the underwater chart stands so that no column is left with a hole: in the place of the
    correlations of a single asset, of a score without a past, else above the futures.
    """
    if len(answer["contributions"]) < 2:
        return "alone"
    return "futures" if history["series"] else "score"


def lines(asked: Asked) -> list[Any]:
    """Limits and alerts about risk, the deepest first."""
    return [line for line in load_lines(asked.user, asked.chosen) if line.subject == "risk"]


def why(answer: Answer) -> dict[str, dict[str, Any]]:
    """By measure: what its info mark says."""
    return {
        name: {**facts, "as_of": moment(facts["as_of"])}
        for name, facts in answer["explain"].items()
    }


def methods(answer: Answer) -> list[dict[str, Any]]:
    """Each way to estimate the loss, with its VaR and CVaR."""
    return [
        {
            "key": key,
            "explain": f"var_{key}",
            "name": name,
            "words": words,
            "var": answer["var"][key],
            "cvar": answer["cvars"][key],
            "is_chosen": key == answer["method"],
        }
        for key, (name, words) in METHODS.items()
    ]


def groups(answer: Answer) -> list[tuple[str, list[Figure]]]:
    """Every other measure, by what it is about."""
    return [
        ("How rough it is", list(_roughness(answer))),
        ("How deep it fell", list(_depth(answer))),
        ("What the risk was paid", list(_reward(answer))),
        (f"Against {answer['benchmark']}", list(_benchmark(answer))),
        ("How spread it is", list(_spread(answer))),
        ("How fast you get out", list(_exit(answer))),
    ]


def _roughness(answer: Answer) -> Iterator[Figure]:
    yield Figure("volatility", "Volatility, year", answer["volatility"], "percent", 1)
    yield Figure("downside_deviation", "Downside, year", answer["downside_deviation"], "percent", 1)
    yield Figure("skewness", "Skewness", answer["skewness"])
    yield Figure("kurtosis", "Excess kurtosis", answer["kurtosis"])


def _depth(answer: Answer) -> Iterator[Figure]:
    yield Figure("max_drawdown", "Deepest drawdown", answer["max_drawdown"], "percent", 1)
    yield Figure("current_drawdown", "Drawdown now", answer["current_drawdown"], "percent", 1)
    yield Figure("longest_drawdown", "Longest under water", answer["longest_drawdown"], "days", 0)
    yield Figure("ulcer", "Ulcer index", answer["ulcer"], "percent", 1)


def _reward(answer: Answer) -> Iterator[Figure]:
    yield Figure("sharpe", "Sharpe", answer["sharpe"])
    yield Figure("sortino", "Sortino", answer["sortino"])
    yield Figure("calmar", "Calmar", answer["calmar"])
    yield Figure("omega", "Omega", answer["omega"])


def _benchmark(answer: Answer) -> Iterator[Figure]:
    yield Figure("beta", "Beta", answer["beta"])
    yield Figure("alpha", "Alpha, year", answer["alpha"], "percent", 1)
    yield Figure("benchmark_correlation", "Correlation", answer["benchmark_correlation"])
    yield Figure("tracking_error", "Tracking error, year", answer["tracking_error"], "percent", 1)
    yield Figure("information_ratio", "Information ratio", answer["information_ratio"])
    yield Figure("capture", "Up capture", answer["capture"]["up"])
    yield Figure("capture", "Down capture", answer["capture"]["down"])


def _spread(answer: Answer) -> Iterator[Figure]:
    yield Figure("hhi", "Concentration (HHI)", answer["hhi"])
    yield Figure("effective_assets", "Effective assets", answer["effective_assets"], digits=1)
    yield Figure(
        "effective_assets_by_risk",
        "Effective, by risk",
        answer["effective_assets_by_risk"],
        digits=1,
    )
    yield Figure("diversification_ratio", "Diversification", answer["diversification_ratio"])
    yield Figure("average_correlation", "Average correlation", answer["average_correlation"])


def _exit(answer: Answer) -> Iterator[Figure]:
    sale = answer["liquidity"] or {"days": None, "var": None}
    yield Figure("liquidity", "Days to sell it all", sale["days"], "days", 2)
    yield Figure("liquidity", "VaR until it is sold", sale["var"], "money")
    yield Figure("proxied", "Stood in for by others", answer["proxied"]["share"], "percent", 1)


def widest(parts: list[Answer]) -> float:
    """The largest share of value or risk: bars are drawn against it, with a little air."""
    shares = [share for part in parts for share in (part["weight"], part["risk_share"] or 0.0)]
    return min(1.0, max(shares, default=1.0) * 1.08) or 1.0


def histogram(answer: Answer, seen: Look) -> drawings.Histogram:
    """Losses of several days have no place among days: they are marked for one day alone."""
    var, cvar = answer["chosen"]["var"], answer["chosen"]["cvar"]
    if seen.series is None:
        return {"bins": [], "var": None, "cvar": None}
    is_day = answer["horizon_days"] == 1
    return drawings.histogram(
        seen.series.returns,
        var["fraction"] if var and is_day else None,
        cvar["fraction"] if cvar and is_day else None,
    )


def underwater(seen: Look) -> dict[str, list[list[str | float]]]:
    if seen.series is None:
        return {"points": []}
    return drawings.underwater(seen.series.days, seen.series.returns)


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _history(chosen: Portfolio | None) -> dict[str, Any]:
    """The score day by day; it is kept for each portfolio, not for all together."""
    points = score_history(chosen) if chosen else []
    known = [[point["day"].isoformat(), point["score"]] for point in points if point["score"]]
    drawn = [{"name": "Score", "points": known, "tone": "mark"}]
    return {"unit": "number", "series": drawn if len(known) > 1 else []}
