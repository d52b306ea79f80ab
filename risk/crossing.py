"""The one crossing between money (Decimal) and statistics (float64)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np

from risk.measures import Array

_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_SMALLEST = Decimal("0.000000000000000001")  # numeric(38, 18)


def weights_of(values: Sequence[Decimal]) -> Array:
    """Each value's share of their sum, which must not be zero. The division is exact Decimal
    arithmetic; only its result is rounded to float64.
    """
    total = sum(values, Decimal(0))
    return np.array([float(_CONTEXT.divide(value, total)) for value in values], dtype=np.float64)


def change_of(before: Decimal, after: Decimal) -> float:
    """after / before - 1, exact until its result is rounded to float64; `before` is not zero."""
    return float(_CONTEXT.divide(after, before) - 1)


def amount_of(fraction: float, value: Decimal) -> str:
    """So much money as a fraction of `value` is, as a plain decimal string of 18 places at most."""
    product = _CONTEXT.multiply(Decimal(repr(fraction)), value)
    return plain(product.quantize(_SMALLEST, context=_CONTEXT))


def plain(value: Decimal) -> str:
    """Decimal notation without exponent and without trailing zeros."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
