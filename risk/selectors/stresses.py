"""What a question about scenarios may ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError

from markets.models import Asset, AssetKind
from risk.scenarios import Price

_RANGES: Final = {
    "days": (1, 365),
    "fall": (0.01, 1.0),
    "depeg": (0.0, 1.0),
    "staked_discount": (0.0, 1.0),
    "target_loss": (0.01, 1.0),
}
#: A coin may rise elevenfold in one's own scenario; it cannot fall below nothing.
CHANGE: Final = (-1.0, 10.0)
MOST_SHOCKS: Final = 200


@dataclass(frozen=True)
class Stresses:
    """`days` of the worst stretch; `fall` of BTC and ETH; `depeg`: price of a stablecoin;
    `staked_discount` of a staked token; `target_loss` of the reverse stress (all fractions);
    `price`: which price of a crisis counts.
    """

    days: int = 7
    fall: float = 0.30
    depeg: float = 0.88
    staked_discount: float = 0.06
    target_loss: float = 0.20
    price: Price = Price.CLOSE

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def stresses(**given: Any) -> Stresses:
    """Checked parameters; ValidationError names each field that is out of range."""
    found = Stresses(**given)
    errors = {
        field: [f"{field} must be between {low} and {high}, not {getattr(found, field)}"]
        for field, (low, high) in _RANGES.items()
        if not low <= getattr(found, field) <= high
    }
    if found.price not in set(Price):
        errors["price"] = [f"price must be one of {', '.join(Price)}, not {found.price}"]
    if errors:
        raise ValidationError(errors)
    return Stresses(**{**asdict(found), "price": Price(found.price)})


def checked_shocks(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Own shocks, each of one symbol or one kind; ValidationError names `shocks.<n>.<field>`."""
    if not 1 <= len(rows) <= MOST_SHOCKS:
        raise ValidationError({"shocks": [f"Give 1 to {MOST_SHOCKS} shocks, not {len(rows)}."]})
    symbols = {str(row["symbol"]).upper() for row in rows if row.get("symbol")}
    known = set(Asset.objects.filter(symbol__in=symbols).values_list("symbol", flat=True))
    errors: dict[str, list[str]] = {}
    seen: set[str] = set()
    found = []
    for at, row in enumerate(rows):
        symbol, kind = str(row.get("symbol") or "").upper(), str(row.get("kind") or "")
        for field, message in _wrong(symbol, kind, row.get("change"), known, seen):
            errors.setdefault(f"shocks.{at}.{field}", []).append(message)
        seen.add(symbol or kind)
        found.append({"symbol": symbol, "kind": kind, "change": row.get("change")})
    if errors:
        raise ValidationError(errors)
    return found


def _wrong(
    symbol: str, kind: str, change: object, known: set[str], seen: set[str]
) -> list[tuple[str, str]]:
    wrong = []
    if bool(symbol) == bool(kind):
        wrong.append(("symbol", "Name either a symbol or a kind."))
    elif symbol and symbol not in known:
        wrong.append(("symbol", f"There is no asset {symbol}."))
    elif kind and kind not in AssetKind.values:
        wrong.append(("kind", f"kind must be one of {', '.join(AssetKind.values)}, not {kind}"))
    elif (symbol or kind) in seen:
        wrong.append(("symbol" if symbol else "kind", f"{symbol or kind} is named twice."))
    low, high = CHANGE
    if (
        not isinstance(change, int | float)
        or not math.isfinite(change)
        or not low <= change <= high
    ):
        wrong.append(("change", f"change must be between {low:g} and {high:g}, not {change}"))
    return wrong
