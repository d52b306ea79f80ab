"""What a question about risk may ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from django.core.exceptions import ValidationError

from risk.measures import Correlation, Method, Scaling

WINDOW = (30, 3650)
CONFIDENCE = (0.8, 0.995)
HORIZON = (1, 30)
SEED = (0, 2**32 - 1)


@dataclass(frozen=True)
class Parameters:
    """Window in days, confidence as a fraction, horizon in days, and the UTC day at whose end the
    portfolio is looked at (None: now).

    `method` is the one the sentence speaks of, `scaling` the way from one day to the horizon,
    `benchmark` a symbol (None: the portfolio's own), `correlation` the estimator between assets;
    `proxy` says whether days without a price may be filled, `seed` what simulated paths start from.
    """

    window: int = 365
    confidence: float = 0.95
    horizon: int = 1
    as_of: date | None = None
    method: Method = Method.HISTORICAL
    scaling: Scaling = Scaling.SQUARE_ROOT
    benchmark: str | None = None
    correlation: Correlation = Correlation.SAMPLE
    proxy: bool = True
    seed: int = 0


def parameters(
    *,
    window: int = 365,
    confidence: float = 0.95,
    horizon: int = 1,
    as_of: date | datetime | None = None,
    method: str = Method.HISTORICAL,
    scaling: str = Scaling.SQUARE_ROOT,
    benchmark: str | None = None,
    correlation: str = Correlation.SAMPLE,
    proxy: bool = True,
    seed: int = 0,
) -> Parameters:
    """Checked parameters; ValidationError names each field that is out of range."""
    ranges = {
        "window": (window, WINDOW),
        "confidence": (confidence, CONFIDENCE),
        "horizon": (horizon, HORIZON),
        "seed": (seed, SEED),
    }
    errors = {
        field: [f"{field} must be between {low} and {high}, not {value}"]
        for field, (value, (low, high)) in ranges.items()
        if not low <= value <= high
    }
    named: dict[str, tuple[str, Iterable[StrEnum]]] = {
        "method": (method, Method),
        "scaling": (scaling, Scaling),
        "correlation": (correlation, Correlation),
    }
    for field, (name, names) in named.items():
        if name not in list(names):
            errors[field] = [f"{field} must be one of {', '.join(names)}, not {name}"]
    day, today = _day(as_of), datetime.now(UTC).date()
    if day is not None and day > today:
        errors["as_of"] = [f"{day} has not come yet"]
    if errors:
        raise ValidationError(errors)
    return Parameters(
        window,
        confidence,
        horizon,
        None if day == today else day,
        Method(method),
        Scaling(scaling),
        benchmark.upper() if benchmark else None,
        Correlation(correlation),
        proxy,
        seed,
    )


def _day(moment: date | datetime | None) -> date | None:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).date()
    return moment
