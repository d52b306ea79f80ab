"""How a file is to be read and written, and what a person may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from portfolios.formats import FORMATS, generic
from portfolios.formats.shape import Wrong
from portfolios.formats.times import ORDERS, zone_of
from portfolios.models import TransactionType

#: What a job is read and written with; `wrong`: refuse the import for one bad row, or skip it.
DEFAULTS: dict[str, Any] = {
    "decimal": ".",
    "date_order": "ymd",
    "zone": "UTC",
    "types": {},
    "default_type": "",
    "currency": "",
    "location": "",
    "wrong": "refuse",
    "unmatched": False,
}


def known_format(name: str) -> str:
    if name not in FORMATS:
        raise ValidationError({"format": [f"Choose one of {', '.join(FORMATS)}."]})
    return name


def known_columns(header: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Fields that have a column; each column must be in the file, each field be known."""
    for name, column in given.items():
        if name not in generic.FIELDS:
            raise ValidationError({"columns": [f"There is no field called {name}."]})
        if column and column not in header:
            raise ValidationError({"columns": [f"The file has no column {column}."]})
    return {name: column for name, column in given.items() if column}


def known_options(given: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(given) - set(DEFAULTS))
    if unknown:
        raise ValidationError({name: ["There is no such option."] for name in unknown})
    wrong = {name: text for name, value in given.items() if (text := _complaint(name, value))}
    if wrong:
        raise ValidationError({name: [text] for name, text in wrong.items()})
    return dict(given)


def _complaint(name: str, value: Any) -> str:
    choices: dict[str, list[Any]] = {
        "decimal": [".", ","],
        "date_order": list(ORDERS),
        "wrong": ["refuse", "skip"],
        "unmatched": [True, False],
        "default_type": ["", *TransactionType.values],
    }
    if name in choices:
        said = ", ".join(str(choice) or "nothing" for choice in choices[name])
        return "" if value in choices[name] else f"Choose one of {said}."
    if name == "types":
        return _types_complaint(value)
    if not isinstance(value, str) or len(value) > 80 or "\x00" in value:
        return "At most 80 characters."
    return _zone_complaint(value) if name == "zone" else ""


def _zone_complaint(name: str) -> str:
    try:
        zone_of(name)
    except Wrong as error:
        return error.message
    return ""


def _types_complaint(value: Any) -> str:
    if not isinstance(value, dict) or len(value) > 200:
        return "Give a type for each word of the file."
    bad = [kind for kind in value.values() if kind not in TransactionType.values]
    return f"There is no type {bad[0]}." if bad else ""
