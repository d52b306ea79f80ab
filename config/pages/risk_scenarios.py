"""If it happened again, if one thing broke, what it would take, and shocks of one's own."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from config.pages.risk_figures import moment
from config.pages.risk_parts import number, whole
from config.pages.risk_question import Asked, Errors
from markets.models import AssetKind
from risk.scenarios import Price
from risk.selectors.scenarios import scenario_answer
from risk.selectors.stresses import Stresses, checked_shocks

TARGETS = (0.1, 0.2, 0.3, 0.5)
STRETCHES = (1, 7, 14, 30, 90)
PRICES = {
    "close_to_close": "close to close",
    "worst_close": "each at its worst close",
    "lowest_trade": "each at its lowest trade",
}
KINDS = {"coin": "All coins", "stablecoin": "All stablecoins", "fiat": "All money"}
ROWS = 3

#: What each kind of scenario is listed under.
AGAIN, BREAKS, REVERSE = ("replay", "worst"), ("factor", "broken_correlation", "freeze"), "reverse"
#: Whose bars share one scale; what is stuck is not lost and is drawn against the whole value.
LOSSES = ("replay", "worst", "factor", "broken_correlation")


def scenarios(asked: Asked) -> dict[str, Any]:
    """All of them, under three headings."""
    given, errors = _stresses(asked)
    try:
        found = scenario_answer(asked.of, **_of(asked), **given)
    except ValidationError as error:
        errors |= error.message_dict
        found = scenario_answer(asked.of, **_of(asked))
    rows = found["scenarios"]
    deepest = max((one["loss"]["fraction"] for one in rows if one["kind"] in LOSSES), default=0.0)
    settings = found["parameters"]
    return {
        "asked": asked.question,
        "found": found,
        "again": by_loss([one for one in rows if one["kind"] in AGAIN], deepest),
        "breaks": by_loss([one for one in rows if one["kind"] in BREAKS], deepest),
        "reverse": [one for one in rows if one["kind"] == REVERSE],
        "worst": max(
            (one for one in rows if one["kind"] in AGAIN),
            key=lambda one: float(one["loss"]["fraction"]),
            default=None,
        ),
        "stresses": settings,
        "targets": sorted({*TARGETS, settings["target_loss"]}),
        "stretches": sorted({*STRETCHES, settings["days"]}),
        "prices": [(one.value, PRICES[one]) for one in Price],
        "as_of": moment(found["as_of"]),
        "part_errors": errors,
        "source": source_of(asked),
        **choices(asked),
    }


def _of(asked: Asked) -> dict[str, Any]:
    return {"base": asked.base, "as_of": asked.question.as_of}


def by_loss(rows: list[dict[str, Any]], deepest: float) -> list[dict[str, Any]]:
    """The deepest first, each with the length of its bar."""
    ordered = sorted(rows, key=lambda one: (one["kind"] == "freeze", -one["loss"]["fraction"]))
    return [{**one, "bar": _bar(one, deepest)} for one in ordered]


def _bar(one: dict[str, Any], deepest: float) -> float:
    size = abs(float(one["loss"]["fraction"]))
    if one["kind"] == "freeze":
        return size
    return size / deepest if deepest > 0 else 0.0


def source_of(asked: Asked) -> str:
    venue = asked.look.exposure.venue
    return f"{venue.slug if venue else 'no venue'}, daily closes; crises: public daily closes"


def choices(asked: Asked) -> dict[str, Any]:
    """What own shocks may be of."""
    symbols = asked.look.exposure.symbols
    kinds = {position.kind for position in asked.look.exposure.held}
    named = [(f"kind:{kind.value}", KINDS[kind.value]) for kind in AssetKind if kind.value in kinds]
    return {"choices": [*named, *((symbol, symbol) for symbol in symbols)], "rows": range(ROWS)}


def _stresses(asked: Asked) -> tuple[dict[str, Any], Errors]:
    usual = Stresses()
    days, wrong_days = whole(asked, "days", usual.days)
    target, wrong_target = number(asked, "target_loss", usual.target_loss)
    price = asked.query.get("price", "") or usual.price.value
    return {"days": days, "target_loss": target, "price": price}, wrong_days | wrong_target


def shock(asked: Asked) -> dict[str, Any]:
    """What the holdings would lose under the asker's own shocks."""
    rows, errors = _rows(asked)
    found = None
    if rows and not errors:
        try:
            found = scenario_answer(asked.of, **_of(asked), shocks=checked_shocks(rows))
        except ValidationError as error:
            errors = error.message_dict
    return {
        "own": found["scenarios"][0] if found and found["scenarios"] else None,
        "own_warnings": found["warnings"] if found else [],
        "base": asked.base,
        "shock_errors": [said for messages in errors.values() for said in messages],
    }


def _rows(asked: Asked) -> tuple[list[dict[str, Any]], Errors]:
    """Pairs of `what` and `change` (percent); rows without a change say nothing."""
    rows, errors = [], Errors()
    for at, (what, text) in enumerate(
        zip(asked.query.getlist("what"), asked.query.getlist("change"), strict=False)
    ):
        if not what or not text.strip():
            continue
        try:
            change = float(text.replace(",", ".").replace("−", "-")) / 100.0  # noqa: RUF001
        except ValueError:
            errors[f"shocks.{at}.change"] = [f"{text} is no number of percent."]
            continue
        kind = what.removeprefix("kind:") if what.startswith("kind:") else ""
        rows.append({"symbol": "" if kind else what, "kind": kind, "change": change})
    return rows, errors
