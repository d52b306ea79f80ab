"""How the methods did: the forecasts of every night, or a walk over the whole past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

import numpy as np
from django.core.exceptions import ValidationError

from markets.models import Venue
from portfolios.models import Portfolio
from risk.backtests import Grade, Recommendation, Test, days_needed, grade, recommend, walk
from risk.measures import Array, Method
from risk.models import FrozenBook
from risk.parameters import CONFIDENCE, WINDOW, Parameters
from risk.selectors.exposure import exposure, not_to_come
from risk.selectors.looks import series_of

MODES: Final = ("live", "walk_forward")
#: Confidences of the stored forecasts.
STORED: Final = (0.95, 0.99)
#: The whole past is at most so many days.
PAST: Final = 3650


@dataclass(frozen=True)
class _Asked:
    mode: str
    confidence: float
    days: int | None
    window: int
    method: Method | None
    as_of: date | None = None


@dataclass(frozen=True)
class _Graded:
    """Returns (days,) and forecast losses by method (days,), NaN where there is none."""

    days: list[date]
    returns: Array
    losses: dict[Method, Array]
    grades: list[Grade]
    advice: Recommendation
    warnings: tuple[str, ...]
    as_of: datetime


def backtest(
    portfolio: Portfolio | Sequence[Portfolio],
    *,
    mode: str = "walk_forward",
    confidence: float = 0.95,
    days: int | None = None,
    window: int = 365,
    method: str | None = None,
    base: str | None = None,
    as_of: date | None = None,
) -> dict[str, Any]:
    """Grades of every method, the one recommended, and the days of one of them.

    `live`: what was stored each night, of a single portfolio, at 95 % or 99 %. `walk_forward`:
    today's weights over the past, each day forecast from the `window` days before it (more, where
    the tail takes more). `days`: the newest so many graded days, None all. `method`: whose days
    are in `series` (None: the one recommended, else historical). `as_of`: as a UTC day ended, with
    the weights of then and no day after it (None: now). ValidationError names a bad field.
    """
    not_to_come(as_of)
    asked = replace(_checked(mode, confidence, days, window, method), as_of=as_of)
    portfolios = [portfolio] if isinstance(portfolio, Portfolio) else list(portfolio)
    graded = _live(portfolios, asked) if mode == "live" else _walked(portfolios, asked, base)
    shown = asked.method or graded.advice.method or Method.HISTORICAL
    return {
        "portfolio": portfolio.pk if isinstance(portfolio, Portfolio) else None,
        "mode": mode,
        "as_of": graded.as_of.isoformat(timespec="seconds"),
        "confidence": confidence,
        "window_days": days_needed(confidence, window),
        "days": len(graded.days),
        "methods": {one.method.value: _as_json(one) for one in graded.grades},
        "recommended": {
            "method": graded.advice.method.value if graded.advice.method else None,
            "reason": graded.advice.reason,
        },
        "method": shown.value,
        "series": _series(graded, shown),
        "warnings": list(graded.warnings),
    }


def _checked(
    mode: str, confidence: float, days: int | None, window: int, method: str | None
) -> _Asked:
    errors: dict[str, list[str]] = {}
    if mode not in MODES:
        errors["mode"] = [f"mode must be one of {', '.join(MODES)}, not {mode}"]
    low, high = CONFIDENCE
    if mode == "live" and confidence not in STORED:
        errors["confidence"] = ["Stored forecasts are of 0.95 and 0.99; a walk_forward takes any."]
    elif not low <= confidence <= high:
        errors["confidence"] = [f"confidence must be between {low} and {high}, not {confidence}"]
    if days is not None and not 1 <= days <= PAST:
        errors["days"] = [f"days must be between 1 and {PAST}, not {days}"]
    if not WINDOW[0] <= window <= WINDOW[1]:
        errors["window"] = [f"window must be between {WINDOW[0]} and {WINDOW[1]}, not {window}"]
    if method is not None and method not in set(Method):
        errors["method"] = [f"method must be one of {', '.join(Method)}, not {method}"]
    if errors:
        raise ValidationError(errors)
    return _Asked(mode, confidence, days, window, Method(method) if method else None)


def _live(portfolios: Sequence[Portfolio], asked: _Asked) -> _Graded:
    if len(portfolios) != 1:
        raise ValidationError(
            {"mode": ["Forecasts are stored of each portfolio by itself: choose one."]}
        )
    books = FrozenBook.objects.filter(portfolio=portfolios[0], realised__isnull=False)
    if asked.as_of is not None:
        books = books.filter(day__lte=asked.as_of)
    said = books.order_by("-day")[: asked.days or PAST].values_list(
        "day", "realised", f"losses__{asked.confidence}"
    )
    rows = list(reversed(said))
    losses = {
        method: np.array([(by or {}).get(method.value) for _, _, by in rows], dtype=np.float64)
        for method in Method
    }
    returns = np.array([realised for _, realised, _ in rows], dtype=np.float64)
    days = [day for day, _, _ in rows]
    return _graded((days, returns), losses, asked, (), datetime.now(UTC))


def _walked(portfolios: Sequence[Portfolio], asked: _Asked, base: str | None) -> _Graded:
    if not portfolios:
        return _nothing(asked, "There is no portfolio.")
    venues = {portfolio.venue_id for portfolio in portfolios}
    versions = Venue.objects.values_list("pk", "history_version").order_by("pk")
    key = _Key(
        revisions=tuple((portfolio.pk, portfolio.revision) for portfolio in portfolios),
        venues=(frozenset(venues), tuple(versions)),
        base=base or portfolios[0].base_currency,
        today=datetime.now(UTC).date(),
        as_of=asked.as_of,
    )
    past = _past(key)
    window = days_needed(asked.confidence, asked.window)
    losses = _walk(key, asked.confidence, window)
    newest = slice(-asked.days if asked.days else None, None)
    if len(past.days) <= window:
        return _nothing(
            asked,
            f"A forecast takes {window} days of returns and there are {len(past.days)}.",
            past.warnings,
        )
    return _graded(
        (past.days[window:][newest], past.returns[window:][newest]),
        {method: said[newest] for method, said in losses.items()},
        asked,
        past.warnings,
        past.as_of,
    )


@dataclass(frozen=True)
class _Key:
    """A walk is the same until a ledger, a venue's history or the day changes. The weights are
    those of the moment it was first asked for.
    """

    revisions: tuple[tuple[int, int], ...]
    venues: tuple[frozenset[int | None], tuple[tuple[int, int], ...]]
    base: str
    today: date
    as_of: date | None


@dataclass(frozen=True, eq=False)
class _Past:
    days: list[date]
    returns: Array
    warnings: tuple[str, ...]
    as_of: datetime


@lru_cache(maxsize=64)
def _past(key: _Key) -> _Past:
    """Today's weights over all stored history."""
    ids = [pk for pk, _ in key.revisions]
    portfolios = list(Portfolio.objects.filter(pk__in=ids).select_related("venue").order_by("pk"))
    held = exposure(portfolios, key.base, key.as_of)
    if not held.held:
        said = (*held.warnings, "Nothing with a price is held: there is nothing to grade.")
        return _Past([], np.empty(0), said, held.as_of)
    _, series = series_of(held, Parameters(window=PAST, as_of=key.as_of))
    warnings = list(held.warnings)
    if held.missing:
        warnings.append(f"No price for {', '.join(held.missing)}: not part of any figure.")
    warnings += [
        f"{proxy.days} days before {proxy.symbol} traded are stood in for by {proxy.by}."
        for proxy in series.proxies
    ]
    return _Past(series.days, series.returns, tuple(warnings), held.as_of)


@lru_cache(maxsize=128)
def _walk(key: _Key, confidence: float, window: int) -> Mapping[Method, Array]:
    return walk(_past(key).returns, confidence, window)


def _graded(
    happened: tuple[list[date], Array],
    losses: dict[Method, Array],
    asked: _Asked,
    warnings: tuple[str, ...],
    as_of: datetime,
) -> _Graded:
    days, returns = happened
    grades = [grade(method, returns, losses[method], asked.confidence) for method in Method]
    return _Graded(days, returns, losses, grades, recommend(grades), warnings, as_of)


def _nothing(asked: _Asked, reason: str, warnings: tuple[str, ...] = ()) -> _Graded:
    empty = {method: np.empty(0) for method in Method}
    said = (*warnings, reason)
    return _graded(([], np.empty(0)), empty, asked, said, datetime.now(UTC))


def _as_json(one: Grade) -> dict[str, Any]:
    return {
        "observations": one.observations,
        "exceptions": one.exceptions,
        "expected": one.expected,
        "kupiec": _test(one.kupiec),
        "independence": _test(one.independence),
        "joint": _test(one.joint),
        "light": one.light.value if one.light else None,
        "light_days": one.light_days,
        "light_exceptions": one.light_exceptions,
        "quantile_loss": one.quantile_loss,
        "passes": one.passes,
    }


def _test(test: Test | None) -> dict[str, float] | None:
    return None if test is None else {"lr": test.lr, "p": test.p}


def _series(graded: _Graded, method: Method) -> list[dict[str, Any]]:
    """One point a day; `var` is the forecast loss, null where the method had none."""
    rows = zip(graded.days, graded.returns.tolist(), graded.losses[method].tolist(), strict=True)
    return [
        {
            "day": day.isoformat(),
            "return": happened,
            "var": loss if np.isfinite(loss) else None,
            "exception": bool(happened < -loss) if np.isfinite(loss) else None,
        }
        for day, happened, loss in rows
    ]
