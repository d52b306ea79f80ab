"""What a book is made of: shares of its value by asset, by kind of asset, by place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from markets.models import AssetKind
from portfolios.lots import ZERO
from portfolios.models import Portfolio
from portfolios.selectors.book import Book
from portfolios.selectors.places import quantities_by_location

#: Ways to cut a book, and how they are named.
WAYS = {"asset": "Asset", "kind": "Kind", "location": "Location"}
#: Parts that are drawn by themselves; the rest is one part.
LARGEST = 9
NO_PLACE = "No location"


@dataclass(frozen=True, slots=True)
class Part:
    """`share` is a fraction of what is priced; `symbol` is "" for what is not one asset."""

    label: str
    symbol: str
    value: Decimal
    share: float
    holds: int = 1


def parts_of(portfolio: Portfolio, book: Book, way: str) -> list[Part]:
    """`way` is one of WAYS; the largest part first.

    Assets without a price are left out, as they are of the book's value.
    """
    if way == "location":
        values = _by_location(portfolio, book)
    elif way == "kind":
        values = _by_kind(book)
    else:
        values = {p.symbol: [p.value] for p in book.positions if p.value is not None}
    sums = {label: (sum(found, ZERO), len(found)) for label, found in values.items()}
    whole = sum((value for value, _ in sums.values()), ZERO)
    if whole <= 0:
        return []
    found = [
        Part(label, label if way == "asset" else "", value, float(value / whole), count)
        for label, (value, count) in sums.items()
        if value > 0
    ]
    return sorted(found, key=lambda part: (-part.value, part.label))


def _by_kind(book: Book) -> Mapping[str, list[Decimal]]:
    names = dict(AssetKind.choices)
    values: dict[str, list[Decimal]] = defaultdict(list)
    for position in book.positions:
        if position.value is not None:
            values[str(names.get(position.kind, position.kind))].append(position.value)
    return values


def _by_location(portfolio: Portfolio, book: Book) -> Mapping[str, list[Decimal]]:
    prices = {p.symbol: p.price for p in book.positions if p.price is not None}
    values: dict[str, list[Decimal]] = defaultdict(list)
    for place, units in quantities_by_location(portfolio).items():
        for symbol, quantity in units.items():
            if symbol in prices:
                values[place or NO_PLACE].append(quantity * prices[symbol])
    return values


def folded(parts: list[Part], most: int = LARGEST) -> list[Part]:
    """At most `most` parts by themselves, the others as one."""
    if len(parts) <= most + 1:
        return parts
    rest = parts[most:]
    value = sum((part.value for part in rest), ZERO)
    share = sum(part.share for part in rest)
    return [*parts[:most], Part(f"{len(rest)} others", "", value, share, len(rest))]
