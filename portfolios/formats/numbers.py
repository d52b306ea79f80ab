"""Numbers as people and programs write them. Nothing is guessed: what does not fit is an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from portfolios.formats.shape import Wrong

_SIGNS = "$€£¥₿₹₩₽₺₴ƒ"
_SPACES = {0xA0: " ", 0x202F: " ", 0x2009: " "}
_BARE = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?")
_AROUND = re.compile(
    rf"^[{_SIGNS}]|[{_SIGNS}]$|^(?:[A-Z]{{3,5}}) ?(?=[\d+-])|(?<=\d) ?(?:[A-Z]{{3,5}})$"
)

_QUOTES = "' \N{RIGHT SINGLE QUOTATION MARK}"


@lru_cache(maxsize=4)
def _shape(decimal: str) -> re.Pattern[str]:
    thousands = f"[.{_QUOTES}]" if decimal == "," else f"[,{_QUOTES}]"
    mark = re.escape(decimal)
    return re.compile(
        rf"([+-]?)(\d+|\d{{1,3}}(?:{thousands}\d{{3}})+)?(?:{mark}(\d*))?([eE][+-]?\d{{1,4}})?"
    )


def number(text: str, column: str, decimal: str = ".") -> Decimal:
    """The number that `text` is with this decimal mark; raises `Wrong` on `column`.

    Thousands are groups of exactly three; a currency's sign or code around it is left out, and
    (5) is -5.
    """
    if decimal == "." and _BARE.fullmatch(text):
        return Decimal(text)
    bare = text.strip().lstrip("'").translate(_SPACES)
    bare = bare.replace("\N{MINUS SIGN}", "-")
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1] if negative else bare
    bare, sign = _unsigned(bare.strip())
    found = _shape(decimal).fullmatch(bare)
    if not found or not (found[2] or found[3]):
        raise Wrong(column, _complaint(text, decimal))
    whole = re.sub(r"\D", "", found[2] or "0")
    value = Decimal(f"{found[1] or sign}{whole}.{found[3] or '0'}{found[4] or ''}")
    return -value if negative else value


def _unsigned(bare: str) -> tuple[str, str]:
    """Without signs and codes of currencies; a minus before them is kept: -$5 is -5."""
    sign = ""
    if bare[:1] in {"-", "+"} and bare[1:2] in set(_SIGNS):
        sign, bare = bare[0], bare[1:]
    return _AROUND.sub("", bare).strip(), sign


def _complaint(text: str, decimal: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    mark = "point" if decimal == "." else "comma"
    return f"“{shown}” is no number with a decimal {mark}."


def plain(text: str, column: str, *, empty: Decimal | None = None) -> Decimal:
    """A number with a decimal point, as programs write it; `empty` where there is none."""
    if not text and empty is not None:
        return empty
    if not text:
        raise Wrong(column, "Is empty.")
    return number(text, column)


def written(value: Decimal) -> str:
    """Without an exponent and trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def guess_mark(samples: Iterable[str], separator: str = ",") -> str:
    """The decimal mark that the samples speak for: those that only one mark can read vote.

    Where none does, a file separated by semicolons is taken to have commas.
    """
    votes = {".": 0, ",": 0}
    for text in samples:
        readable = [mark for mark in votes if _reads(text, mark)]
        if len(readable) == 1:
            votes[readable[0]] += 1
    if votes["."] == votes[","]:
        return "," if separator == ";" else "."
    return max(votes, key=lambda mark: votes[mark])


def _reads(text: str, mark: str) -> bool:
    try:
        number(text, "", mark)
    except Wrong:
        return False
    return True
