"""Date(UTC),Pair,Side,Price,Executed,Amount,Fee: `Executed` and `Fee` carry their coin (0.5BTC)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from portfolios.formats import shape
from portfolios.formats.numbers import number, plain, written
from portfolios.formats.shape import MONEY, Content, Found, Row, Seen, Settings, Wrong
from portfolios.formats.times import utc
from portfolios.formats.trades import Leg, content, trade, with_fee

NEEDS = (("Date(UTC)", "Date (UTC)", "Time"), ("Pair",), ("Side",), ("Price",), ("Executed",),
         ("Amount",))  # fmt: skip
WHERE = "Binance"
_TIMES = ("Date(UTC)", "Date (UTC)", "Time")
#: An amount and its coin. Coins that begin with digits: 1INCH, 1000SATS, 1MBABYDOGE.
_LED_BY_DIGITS = re.compile(
    r"([\d,]*\.?\d+?) ?((?:1INCH|1000[A-Z]+|1MBABYDOGE|1000000[A-Z]+)(?:UP|DOWN)?)"
)
_AMOUNT = re.compile(r"([\d,]*\.?\d+(?:[eE]-?\d+)?) ?([A-Z][A-Z0-9]*)")
_SHORT_YEAR = re.compile(r"\d\d-\d\d-\d\d \d\d:\d\d:\d\d")


def read(rows: Iterable[Row], settings: Settings) -> Iterator[Found]:
    """A purchase or sale against money, a swap against a coin, a row each."""
    seen = Seen("binance")
    return shape.each(rows, lambda row: _made(row, settings, seen))


def _made(row: Row, settings: Settings, seen: Seen) -> Content | str:
    stamp = row.get(*_TIMES)
    at = utc(f"20{stamp}" if _SHORT_YEAR.fullmatch(stamp) else stamp, "Date(UTC)")
    side, pair = row.get("Side").upper(), row.get("Pair").upper()
    executed = _leg(row.get("Executed"), "Executed", pair, at_start=True)
    amount = _leg(row.get("Amount"), "Amount", pair, at_start=False)
    fee = _leg(row.get("Fee"), "Fee", pair, at_start=False) if row.get("Fee") else None
    if side not in {"BUY", "SELL"}:
        raise Wrong("Side", f"“{row.get('Side')}” is neither BUY nor SELL.")
    if amount.symbol in MONEY and executed.symbol not in MONEY:
        price = plain(row.get("Price"), "Price")
        more = {"price": written(price), "currency": amount.symbol}
        made: Content | str = content(side.lower(), executed, at, WHERE, **more)
    else:
        out, into = (amount, executed) if side == "BUY" else (executed, amount)
        made = trade(out, into, at, WHERE, settings, column="Amount")
    made = with_fee(made, fee)
    identity = seen.id(*(cell.strip() for cell in row.raw))
    return made if isinstance(made, str) else {**made, "external_id": identity}


def _leg(text: str, column: str, pair: str, *, at_start: bool) -> Leg:
    """Number and coin; a number alone takes its coin from the pair."""
    found = _LED_BY_DIGITS.fullmatch(text) or _AMOUNT.fullmatch(text)
    if found:
        return Leg(found[2], _positive(number(found[1], column), column))
    base, quote = _split(pair)
    return Leg(base if at_start else quote, _positive(number(text, column), column))


def _positive(value: Decimal, column: str) -> Decimal:
    if value < 0:
        raise Wrong(column, "Must not be negative.")
    return value


def _split(pair: str) -> tuple[str, str]:
    """BTCUSDT, BTC/USDT or BTC-USDT; the longest known quote wins."""
    if found := re.fullmatch(r"([A-Z0-9]+)[/_-]([A-Z0-9]+)", pair):
        return found[1], found[2]
    quotes = sorted(MONEY | {"BTC", "ETH", "BNB", "TRX", "XRP", "DOT", "SOL"}, key=len)
    for quote in reversed(quotes):
        if pair.endswith(quote) and len(pair) > len(quote):
            return pair.removesuffix(quote), quote
    raise Wrong("Pair", f"“{pair}” cannot be split into two assets.")
