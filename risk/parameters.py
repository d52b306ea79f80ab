"""What a question about risk may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.core.exceptions import ValidationError

WINDOW = (30, 3650)
CONFIDENCE = (0.8, 0.995)
HORIZON = (1, 30)


@dataclass(frozen=True)
class Parameters:
    """Window in days, confidence as a fraction, horizon in days, and the UTC day at whose end the
    portfolio is looked at (None: now).
    """

    window: int = 365
    confidence: float = 0.95
    horizon: int = 1
    as_of: date | None = None


def parameters(
    *, window: int, confidence: float, horizon: int, as_of: date | datetime | None
) -> Parameters:
    """Checked parameters; ValidationError names each field that is out of range."""
    checks = {
        "window": (window, WINDOW),
        "confidence": (confidence, CONFIDENCE),
        "horizon": (horizon, HORIZON),
    }
    errors = {
        field: [f"{field} must be between {low} and {high}, not {value}"]
        for field, (value, (low, high)) in checks.items()
        if not low <= value <= high
    }
    day, today = _day(as_of), datetime.now(UTC).date()
    if day is not None and day > today:
        errors["as_of"] = [f"{day} has not come yet"]
    if errors:
        raise ValidationError(errors)
    return Parameters(window, confidence, horizon, None if day == today else day)


def _day(moment: date | datetime | None) -> date | None:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).date()
    return moment
