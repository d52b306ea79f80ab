"""The heavy parts of the Risk page, each loaded when it comes near or when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import Privacy
from config.pages.risk_figures import moment, why
from config.pages.risk_question import Asked, Errors
from risk.measures import Correlation, Sampling
from risk.selectors import Answer, contributions, correlation, monte_carlo

#: Assets of the table of correlations: the largest, or with `assets=all` so many at most.
FEW, MANY = 12, 60
ESTIMATORS = {
    "sample": ("Sample", "Pearson's r, each pair on the days that both have"),
    "ledoit_wolf": ("Ledoit–Wolf", "the sample, shrunk towards one correlation for all"),  # noqa: RUF001
    "ewma": ("EWMA", "recent days count more, λ = 0.94"),
}
SAMPLINGS = {
    "block_bootstrap": ("Bootstrap", "blocks of real days, ten at a time on average"),
    "t_copula": ("t copula", "fat joint tails, each coin with its own past"),
}
DAYS_AHEAD = (10, 30, 90)
PATHS = 5_000


def components(asked: Asked) -> dict[str, Any]:
    """Component, marginal and incremental losses of each asset."""
    detail = contributions(asked.answer, asked.look)
    rows = detail["contributions"]
    return {
        "answer": asked.answer,
        "why": why(asked.answer),
        "rows": rows,
        "total": {
            name: sum(row["component"][name]["fraction"] for row in rows if row["component"][name])
            for name in ("var_historical", "cvar_historical")
        },
    }


def correlations(asked: Asked) -> dict[str, Any]:
    """The table of correlations, and what it says in a sentence."""
    found = correlation(asked.of, base=asked.base, **vars(asked.question))
    wants_all = asked.query.get("assets") == "all"
    most = MANY if wants_all else FEW
    symbols = found["symbols"][:most]
    rows = [
        {"symbol": symbol, "cells": list(zip(symbols, row[:most], strict=True))}
        for symbol, row in zip(symbols, found["matrix"], strict=False)
    ]
    name, words = ESTIMATORS[found["correlation"]]
    return {
        "found": found,
        "rows": rows if len(symbols) > 1 else [],
        "of": len(found["symbols"]),
        "all_shown": wants_all,
        "few": FEW,
        "estimators": [(one.value, ESTIMATORS[one][0]) for one in Correlation],
        "estimator": name,
        "estimator_words": words,
        "why_correlation": _facts(found),
        **_extremes(symbols, found["matrix"]),
    }


def _extremes(symbols: Sequence[str], matrix: Sequence[Sequence[float | None]]) -> dict[str, Any]:
    """The two assets most alike and the two least alike, of those that are shown."""
    pairs = [
        (value, one, symbols[at])
        for row, one in enumerate(symbols)
        for at, value in enumerate(matrix[row][:row])
        if value is not None
    ]
    return {"closest": max(pairs, default=None), "farthest": min(pairs, default=None)}


def _facts(found: Answer) -> dict[str, Any]:
    """What an info mark says of a part that carries its own question."""
    source = f"{found['venue'] or 'no venue'}, daily closes"
    if found["last_day"]:
        source += f" up to {found['last_day']}"
    return {
        "window_days": found["window_days"],
        "observations": found["observations"],
        "source": source + (" (simulated)" if found["simulated"] else ""),
        "as_of": moment(found["as_of"]),
    }


def futures(asked: Asked) -> dict[str, Any]:
    """Many possible futures, drawn from the past."""
    sampling = asked.query.get("sampling", Sampling.BLOCK_BOOTSTRAP.value)
    ahead, errors = whole(asked, "ahead", 30)
    given = vars(asked.question) | {"horizon": 1}
    try:
        found = monte_carlo(
            asked.of, sampling=sampling, paths=PATHS, days=ahead, base=asked.base, **given
        )
    except ValidationError as error:
        errors |= error.message_dict
        sampling, ahead = Sampling.BLOCK_BOOTSTRAP.value, 30
        found = monte_carlo(asked.of, paths=PATHS, days=ahead, base=asked.base, **given)
    return {
        "found": found,
        "why_futures": {**found["explain"]["monte_carlo"], **_facts(found)},
        "ahead": sorted({*DAYS_AHEAD, ahead}),
        "samplings": [(one.value, SAMPLINGS[one][0]) for one in Sampling],
        "sampling_words": SAMPLINGS[found["sampling"]][1],
        "middle": {name: row[-1] for name, row in found["fan"].items()},
        "fan": fan(asked, found),
        "part_errors": errors,
    }


def fan(asked: Asked, found: Answer) -> dict[str, Any]:
    """For the chart; the value is told only where amounts may be seen."""
    shown = asked.user.preferences.privacy == Privacy.SHOWN
    return {
        "points": found["fan"].get("50", []),
        "bands": found["fan"],
        "value": float(found["value"]) if shown and found["value"] else None,
        "currency": found["base_currency"],
    }


def whole(asked: Asked, name: str, usual: int) -> tuple[int, Errors]:
    """A whole number of the query; the usual one and an error where it is none."""
    text = asked.query.get(name, "") or str(usual)
    try:
        return int(text), {}
    except ValueError:
        return usual, {name: [f"{name} must be a whole number, not {text}"]}


def number(asked: Asked, name: str, usual: float) -> tuple[float, Errors]:
    """A number of the query; the usual one and an error where it is none."""
    text = asked.query.get(name, "") or str(usual)
    try:
        return float(text), {}
    except ValueError:
        return usual, {name: [f"{name} must be a number, not {text}"]}
