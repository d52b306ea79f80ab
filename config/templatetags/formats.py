"""How figures are written in each of the five locales. Pure; `static/js/format.js` mirrors it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from math import isfinite

Number = Decimal | float | int

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"
NARROW = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True)
class Style:
    """Separators of one locale, and where it puts the currency."""

    group: str
    decimal: str
    percent: str
    symbol_first: bool
    gap: str

    @cached_property
    def marks(self) -> dict[int, str]:
        """From Python's separators to these."""
        return str.maketrans({",": self.group, ".": self.decimal})


STYLES = {
    "en-US": Style(",", ".", "%", symbol_first=True, gap=""),
    "en-GB": Style(",", ".", "%", symbol_first=True, gap=""),
    "de-DE": Style(".", ",", f"{NBSP}%", symbol_first=False, gap=NBSP),
    "de-CH": Style("\N{RIGHT SINGLE QUOTATION MARK}", ".", "%", symbol_first=True, gap=NBSP),
    "fr-FR": Style(NARROW, ",", f"{NARROW}%", symbol_first=False, gap=NBSP),
}
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CHF": "CHF"}


def style_of(locale: str) -> Style:
    """The style of a locale; an unknown one is written as en-US."""
    return STYLES.get(locale, STYLES["en-US"])


def exact(value: Number | str | None) -> Decimal | None:
    """The value as Decimal; None for what is no finite number."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if value is None or value == "":
        return None
    if isinstance(value, float) and not isfinite(value):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() else None


def number_text(value: Decimal, digits: int, style: Style, *, signed: bool = False) -> str:
    """Grouped, with exactly `digits` decimals, rounded half away from zero."""
    rounded = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{digits}f}".translate(style.marks)
    return f"{sign_of(rounded, signed=signed)}{text}"


def sign_of(value: Decimal, *, signed: bool) -> str:
    """A true minus below zero; a plus above it where asked for; nothing at zero."""
    if value < 0:
        return MINUS
    return "+" if signed and value > 0 else ""


def money_digits(currency: str) -> int:
    """Two decimals for money and stablecoins, none for yen, eight for a coin as base."""
    return {"JPY": 0, "BTC": 8, "ETH": 8}.get(currency, 2)


def money_text(
    value: Decimal, currency: str, style: Style, *, signed: bool = False, digits: int | None = None
) -> str:
    """An amount of money: $1,234.56 · 1.234,56 € · 0.51230000 BTC."""
    places = money_digits(currency) if digits is None else digits
    text = number_text(value, places, style, signed=signed)
    symbol = SYMBOLS.get(currency)
    if symbol is None:
        return f"{text}{NBSP}{currency}"
    if not style.symbol_first:
        return f"{text}{style.gap}{symbol}"
    gap = style.gap or (NBSP if symbol.isalpha() else "")
    sign, digits_only = (text[0], text[1:]) if text[0] in f"{MINUS}+" else ("", text)
    return f"{sign}{symbol}{gap}{digits_only}"


def price_digits(value: Decimal) -> int:
    """Two decimals from 10 up, four from 1 up, below that four significant digits."""
    size = abs(value)
    if size >= 10 or size == 0:
        return 2
    return 4 if size >= 1 else min(3 - size.adjusted(), 14)


#: From this size on, the fewest and the most decimals of a quantity.
_QUANTITY_DIGITS = ((1000, (2, 2)), (10, (2, 4)), (1, (4, 6)), (0, (4, 8)))


def quantity_text(value: Decimal, style: Style) -> str:
    """Units held: as many decimals as say something, fewer the more there is."""
    size = abs(value)
    low, high = next(range_ for floor, range_ in _QUANTITY_DIGITS if size >= floor)
    rounded = value.quantize(Decimal(1).scaleb(-high), rounding=ROUND_HALF_UP).normalize()
    exponent = rounded.as_tuple().exponent
    used = -exponent if isinstance(exponent, int) else low
    return number_text(value, max(low, min(high, used)), style)


def percent_text(fraction: Decimal, style: Style, *, digits: int = 2, signed: bool = False) -> str:
    """A fraction as percent: 0.0184 is 1.84%."""
    return f"{number_text(fraction * 100, digits, style, signed=signed)}{style.percent}"


def plain(value: Decimal) -> str:
    """The exact value as a machine reads it: no exponent, no trailing zeros."""
    text = f"{value.normalize():f}"
    return "0" if text in {"-0", "0"} else text


def age_text(seconds: float) -> str:
    """How long ago, in one unit."""
    past = max(0, int(seconds))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if past >= size:
            return f"{past // size} {unit} ago"
    return f"{past} s ago"
