"""The figures of the Risk page as lines of CSV: measures, methods, contributions, scenarios.

A spreadsheet takes a cell that begins with = + - @ for a formula: text that does so gets an
apostrophe; numbers are written as numbers. What the reader's privacy mode hides is not written.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from accounts.models import Privacy
from config.pages import risk_figures, risk_grades
from config.pages.risk_question import METHODS, Asked
from risk.selectors import Answer, contributions
from risk.selectors.scenarios import scenario_answer

HEADER = [
    "section", "figure", "asset", "fraction", "amount", "currency", "number", "text",
    "window_days", "observations", "formula", "source",
]  # fmt: skip
HIDDEN = "hidden"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


class Output(Protocol):
    def write(self, text: str, /) -> object: ...


@dataclass(frozen=True)
class Line:
    """One figure: as a fraction, as money, as a plain number or as text."""

    section: str
    figure: str
    asset: str = ""
    fraction: float | None = None
    amount: str | None = None
    number: float | int | None = None
    text: str = ""
    explain: str = ""


@dataclass(frozen=True)
class Table:
    """Lines with what they were read from, and how much of them the reader's privacy shows."""

    answer: Answer | None
    privacy: str
    lines: list[Line] = field(default_factory=list)

    def write(self, out: Output) -> None:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for line in self.lines:
            writer.writerow([_cell(one) for one in self._row(line)])

    def _row(self, line: Line) -> list[object]:
        facts = (self.answer or {}).get("explain", {}).get(line.explain, {})
        shows_amounts = self.privacy == Privacy.SHOWN
        shows_any = self.privacy != Privacy.ALL
        return [
            line.section,
            line.figure,
            line.asset,
            _masked(line.fraction, shown=shows_any),
            _masked(line.amount, shown=shows_amounts),
            self.answer["base_currency"] if self.answer and line.amount is not None else "",
            _masked(line.number, shown=shows_any),
            line.text,
            self.answer["window_days"] if self.answer else "",
            self.answer["observations"] if self.answer else "",
            facts.get("formula", ""),
            facts.get("source", ""),
        ]


def _masked(value: object, *, shown: bool) -> object:
    return "" if value is None else value if shown else HIDDEN


def _cell(value: object) -> object:
    """Text that a spreadsheet would run is made to stay text; numbers, signed ones too, stay."""
    if not isinstance(value, str) or not value.startswith(_DANGEROUS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def table(asked: Asked) -> Table:
    """Everything the page says of what is asked; the header alone where nothing is owned."""
    privacy = asked.user.preferences.privacy
    if not asked.owned:
        return Table(None, privacy)
    return Table(asked.answer, privacy, list(_lines(asked)))


def _lines(asked: Asked) -> Iterator[Line]:
    answer = asked.answer
    yield from _question(asked)
    yield from _methods(asked)
    yield from _measures(answer)
    yield from _contributions(asked)
    if answer["contributions"]:
        yield from _scenarios(asked)
    for said in answer["warnings"]:
        yield Line("read with care", "warning", text=_said(said, asked))


def _said(text: str, asked: Asked) -> str:
    return text if asked.user.preferences.privacy != Privacy.ALL else HIDDEN


def _question(asked: Asked) -> Iterator[Line]:
    answer = asked.answer
    yield Line("question", "of", text=asked.title)
    yield Line("question", "as of", text=answer["as_of"])
    yield Line("question", "prices", text="simulated" if answer["simulated"] else "real")
    yield Line("question", "confidence", text=f"{answer['confidence']:g}")
    yield Line("question", "horizon, days", text=str(answer["horizon_days"]))
    yield Line("question", "method", text=METHODS[answer["method"]][0])
    yield Line("question", "scaling", text=answer["scaling"])
    yield Line("question", "benchmark", text=answer["benchmark"])
    yield Line("measures", "value", amount=answer["value"], explain="value")


def _methods(asked: Asked) -> Iterator[Line]:
    """VaR and CVaR by method, with the light of the backtest."""
    found = risk_grades.grades(asked)
    for method in risk_figures.methods(asked.answer):
        for name in ("var", "cvar"):
            loss = method[name] or {"fraction": None, "amount": None}
            key = f"{'cvar' if name == 'cvar' else 'var'}_{method['key']}"
            named = f"{'CVaR' if name == 'cvar' else 'VaR'}, {method['name']}"
            explain = key.replace("cvar_", "cvars_")
            yield Line(
                "methods", named, fraction=loss["fraction"], amount=loss["amount"], explain=explain
            )
        grade = found["grades"].get(method["key"])
        if grade and grade["light"]:
            said = f"{grade['light']}, {grade['light_exceptions']} of {grade['light_days']} days"
            best = ", recommended" if found["recommended"] == method["key"] else ""
            yield Line("methods", f"Backtest, {method['name']}", text=f"{said}{best}")


def _measures(answer: Answer) -> Iterator[Line]:
    for _, figures in risk_figures.groups(answer):
        for one in figures:
            if one.unit == "money":
                loss = one.value or {"fraction": None, "amount": None}
                yield Line(
                    "measures",
                    one.title,
                    fraction=loss["fraction"],
                    amount=loss["amount"],
                    explain=one.key,
                )
            elif one.unit == "percent":
                yield Line("measures", one.title, fraction=one.value, explain=one.key)
            else:
                yield Line("measures", one.title, number=one.value, explain=one.key)
    yield Line("score", "Risk score", number=answer["score"], explain="score")
    for part in answer["score_parts"]:
        yield Line("score", part["title"], fraction=part["figure"], explain="score")


def _contributions(asked: Asked) -> Iterator[Line]:
    for row in contributions(asked.answer, asked.look)["contributions"]:
        symbol = row["symbol"]
        yield Line("contributions", "Value", symbol, fraction=row["weight"], amount=row["value"])
        yield Line(
            "contributions",
            "Share of risk",
            symbol,
            fraction=row["risk_share"],
            explain="contributions",
        )
        for kind in ("component", "incremental"):
            for name, loss in row[kind].items():
                if loss:
                    yield Line("contributions", f"{kind} {name}", symbol, **_loss(loss))
        for name, value in row["marginal"].items():
            yield Line("contributions", f"marginal {name}", symbol, number=value)


def _loss(loss: dict[str, Any]) -> dict[str, Any]:
    return {"fraction": loss["fraction"], "amount": loss["amount"]}


def _scenarios(asked: Asked) -> Iterator[Line]:
    for one in scenario_answer(asked.of, base=asked.base, as_of=asked.question.as_of)["scenarios"]:
        yield Line("scenarios", one["name"], text=one["description"], **_loss(one["loss"]))
        if one["kind"] == "reverse":
            yield Line("scenarios", f"{one['name']}: {one['needed_unit']}", number=one["needed"])
        for part in one["assets"]:
            yield Line(
                "scenarios",
                one["name"],
                part["symbol"],
                text=part["proxied"] or "",
                **_loss(part["loss"]),
            )
