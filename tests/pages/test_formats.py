"""Figures in the five locales, by hand-written expectations."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.templatetags import formats

THIN, NBSP, MINUS = "\u202f", "\u00a0", "\u2212"


@pytest.mark.parametrize(
    ("locale", "currency", "expected"),
    [
        ("en-US", "USD", "$1,234.56"),
        ("en-GB", "GBP", "£1,234.56"),
        ("de-DE", "EUR", f"1.234,56{NBSP}€"),
        ("de-CH", "CHF", f"CHF{NBSP}1\u2019234.56"),
        ("fr-FR", "EUR", f"1{THIN}234,56{NBSP}€"),
        ("en-US", "USDT", f"1,234.56{NBSP}USDT"),
        ("en-US", "JPY", "¥1,235"),
        ("en-US", "BTC", f"1,234.56000000{NBSP}BTC"),
        ("xx-XX", "USD", "$1,234.56"),
    ],
)
def test_money(locale: str, currency: str, expected: str) -> None:
    assert formats.money_text(Decimal("1234.56"), currency, formats.style_of(locale)) == expected


@pytest.mark.parametrize(
    ("value", "signed", "expected"),
    [
        ("-212.16", False, f"{MINUS}$212.16"),
        ("212.16", True, "+$212.16"),
        ("0", True, "$0.00"),
        ("-0.004", True, "$0.00"),
        ("0.005", False, "$0.01"),
        ("1e15", False, "$1,000,000,000,000,000.00"),
    ],
)
def test_signs_and_rounding(value: str, signed: bool, expected: str) -> None:
    style = formats.style_of("en-US")
    assert formats.money_text(Decimal(value), "USD", style, signed=signed) == expected


@pytest.mark.parametrize(
    ("value", "digits"),
    [("64210.5", 2), ("10", 2), ("9.99", 4), ("1", 4), ("0.5", 4), ("0.01234", 5),
     ("0.00001234", 8), ("0", 2), ("1e-30", 14)],
)  # fmt: skip
def test_small_prices_keep_four_significant_digits(value: str, digits: int) -> None:
    assert formats.price_digits(Decimal(value)) == digits


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0.412", "0.4120"), ("0.00012345", "0.00012345"), ("38.2", "38.20"), ("3120", "3,120.00"),
     ("12.34567", "12.3457"), ("1.5", "1.5000"), ("200", "200.00"), ("0", "0.0000")],
)  # fmt: skip
def test_quantities(value: str, expected: str) -> None:
    assert formats.quantity_text(Decimal(value), formats.style_of("en-US")) == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en-US", "1.84%"), ("de-DE", f"1,84{NBSP}%"), ("fr-FR", f"1,84{THIN}%"), ("de-CH", "1.84%")],
)
def test_percent(locale: str, expected: str) -> None:
    assert formats.percent_text(Decimal("0.0184"), formats.style_of(locale)) == expected


@pytest.mark.parametrize("value", [None, "", float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_no_number_is_missing(value: object) -> None:
    assert formats.exact(value) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-3, "0 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min ago"),
        (7199, "1 h ago"),
        (90_000, "1 d ago"),
    ],
)
def test_ages(seconds: float, expected: str) -> None:
    assert formats.age_text(seconds) == expected


@given(
    st.decimals(-(10**12), 10**12, allow_nan=False, places=8), st.sampled_from([*formats.STYLES])
)
def test_a_written_number_reads_back(value: Decimal, locale: str) -> None:
    style = formats.style_of(locale)
    text = formats.number_text(value, 8, style)
    bare = text.replace(style.group, "").replace(style.decimal, ".").replace(MINUS, "-")
    assert Decimal(bare) == value
