"""What a person typed, checked field by field. Raises ValidationError({field: message})."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from markets import services as markets
from markets.models import Asset, AssetKind
from portfolios.entries import TRADES
from portfolios.lots import PRECISE, UNIT, ZERO
from portfolios.models import Transaction, TransactionType

#: numeric(38,18) holds 20 digits before the point; products of two amounts must fit as well.
DIGITS_BEFORE = 18
DECIMALS = 18
#: A clock may run this far ahead of ours before a date counts as the future.
SKEW = timedelta(minutes=1)
FIRST_DAY = datetime(2009, 1, 3, tzinfo=UTC)

FIELDS = (
    "type",
    "symbol",
    "quantity",
    "to_symbol",
    "to_quantity",
    "price",
    "currency",
    "fee",
    "fee_symbol",
    "executed_at",
    "location",
    "to_location",
    "external_id",
    "note",
    "unmatched",
)
_TYPES = dict(TransactionType.choices)
#: Transactions that are a fee themselves.
_IS_FEE = {TransactionType.FEE, TransactionType.INTEREST}
#: Where the worth follows from the day's price or rate, the replay alone can tell (refusals).
TOO_DEAR: dict[str, str] = {
    TransactionType.SELL: "The fee is more than the sale brings.",
    TransactionType.SWAP: "The fee is more than the swap is worth.",
}
_NOTHING: tuple[object, ...] = (None, "")
_YES_OR_NO = {"": False, "false": False, "no": False, "0": False, "none": False}
_YES_OR_NO |= {"true": True, "yes": True, "1": True}
_LENGTHS = {"location": 80, "to_location": 80, "external_id": 120, "note": 500}


class Known:
    """Symbols that were looked up, and the latest time that is not the future."""

    def __init__(self) -> None:
        self.assets: dict[str, Asset | None] = {}
        self.latest = timezone.now() + SKEW


class Check:
    """Collects one message a field, so that a form shows everything that is wrong at once.

    `known` is shared by many rows, which so ask for each symbol once.
    """

    def __init__(self, known: Known | None = None) -> None:
        self.found: dict[str, str] = {}
        self.known = Known() if known is None else known

    def add(self, field: str, message: str) -> None:
        self.found.setdefault(field, message)

    def stop(self) -> None:
        """Raise if anything was added."""
        if self.found:
            raise ValidationError({field: [text] for field, text in self.found.items()})


def amount(value: Any, field: str, check: Check, *, positive: bool = False) -> Decimal | None:
    """A finite Decimal that the database can hold, or None with a problem added."""
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        check.add(field, "Enter a number.")
        return None
    if not number.is_finite():
        check.add(field, "Enter a number.")
    elif number < 0 or (positive and not number):
        check.add(field, "Must be greater than zero." if positive else "Must not be negative.")
    elif number and number.adjusted() >= DIGITS_BEFORE:
        check.add(field, f"At most {DIGITS_BEFORE} digits before the decimal point.")
    elif _too_fine(number):
        check.add(field, f"At most {DECIMALS} decimals.")
    else:
        return number
    return None


def _too_fine(number: Decimal) -> bool:
    """More decimals than are kept; zeros at the end do not count."""
    text = str(number)
    if len(text) <= DECIMALS and "E" not in text:  # by far the most: no need to look closer
        return False
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -DECIMALS:
        return False
    return number != number.quantize(UNIT, context=PRECISE)


def asset(symbol: Any, field: str, check: Check) -> Asset | None:
    """The asset of that symbol; near matches are named where there is none."""
    found = check.known.assets.get(symbol) if isinstance(symbol, str) else None
    if found is not None:
        return found
    wanted = str(symbol or "").strip().upper()
    if not wanted:
        check.add(field, "Choose an asset.")
        return None
    if wanted not in check.known.assets:
        check.known.assets[wanted] = _find(wanted)
    if check.known.assets[wanted] is None:
        check.add(field, unknown(wanted))
    return check.known.assets[wanted]


def _find(symbol: str) -> Asset | None:
    """The asset; a dollar (settings.USD_EQUIVALENTS) exists from its first use on."""
    found = Asset.objects.filter(symbol=symbol).first()
    if found is None and symbol in settings.USD_EQUIVALENTS:
        kind = AssetKind.FIAT if symbol == "USD" else AssetKind.STABLECOIN
        return markets.ensure_asset(symbol, kind=kind)
    return found


def unknown(symbol: str) -> str:
    """The message for a symbol nobody knows, with symbols that look or are named like it."""
    known = dict(Asset.objects.filter(is_active=True).values_list("symbol", "name"))
    named = [s for s, name in known.items() if symbol == name.upper()]
    alike = difflib.get_close_matches(symbol, known, n=3, cutoff=0.6)
    partly = [s for s, name in known.items() if len(symbol) > 2 and symbol in name.upper()]
    near = list(dict.fromkeys([*named, *alike, *partly]))
    hint = f" Did you mean {', '.join(near[:3])}?" if near else ""
    return f"No asset is known as {symbol}.{hint}"


def moment(value: Any, check: Check) -> datetime | None:
    """An aware UTC time that is not in the future; a time without a zone is UTC."""
    if isinstance(value, str):
        try:
            value = parse_datetime(value.strip())
        except ValueError:
            value = None
    if not isinstance(value, datetime):
        check.add("executed_at", "Enter a date and time.")
        return None
    at = value.astimezone(UTC) if timezone.is_aware(value) else value.replace(tzinfo=UTC)
    if at > check.known.latest:
        check.add("executed_at", "This is in the future.")
    elif at < FIRST_DAY:
        check.add("executed_at", "This is before the first coin existed (3 January 2009).")
    else:
        return at
    return None


def transaction(
    content: dict[str, Any], into: Transaction, known: Known | None = None
) -> Transaction:
    """Put the checked `content` (named as in FIELDS) into the new or changed row `into`."""
    check = Check(known)
    _kind(content, into, check)
    _what(content, into, check)
    _other_leg(content, into, check)
    _money(content, into, check)
    _fee(content, into, check)
    at = moment(content.get("executed_at"), check)
    if at is not None:
        into.executed_at = at
    _words(content, into, check)
    check.stop()
    return into


def _put(into: Transaction, name: str, found: Asset | None) -> None:
    """`into.name = found`, without what Django's descriptor checks at every one of many rows."""
    vars(into)[f"{name}_id"] = None if found is None else found.pk
    into._state.fields_cache[name] = found  # noqa: SLF001 - what the descriptor reads


def _kind(content: dict[str, Any], into: Transaction, check: Check) -> None:
    kind = str(content.get("type") or "").strip().lower()
    if kind not in _TYPES:
        check.add("type", f"Choose one of {', '.join(_TYPES)}.")
    into.type = kind


def _what(content: dict[str, Any], into: Transaction, check: Check) -> None:
    found = asset(content.get("symbol"), "symbol", check)
    if found is not None:
        _put(into, "asset", found)
    quantity = content.get("quantity")
    if quantity in _NOTHING:
        check.add("quantity", "Enter how many units.")
        return
    number = amount(quantity, "quantity", check, positive=True)
    if number is not None:
        into.quantity = number


def _other_leg(content: dict[str, Any], into: Transaction, check: Check) -> None:
    """What a swap gets; nothing else gets anything."""
    symbol, quantity = content.get("to_symbol"), content.get("to_quantity")
    _put(into, "to_asset", None)
    into.to_quantity = None
    if into.type != TransactionType.SWAP:
        if symbol:
            check.add("to_symbol", "Only a swap has another asset to get.")
        if quantity not in _NOTHING:
            check.add("to_quantity", "Only a swap has another asset to get.")
        return
    found = asset(symbol, "to_symbol", check)
    _put(into, "to_asset", found)
    if found is not None and found.pk == into.asset_id:
        check.add("to_symbol", "An asset is not swapped for itself.")
    if quantity in _NOTHING:
        check.add("to_quantity", "Enter how many units came.")
    else:
        into.to_quantity = amount(quantity, "to_quantity", check, positive=True)


def _money(content: dict[str, Any], into: Transaction, check: Check) -> None:
    price = content.get("price")
    into.price = None if price in _NOTHING else amount(price, "price", check)
    if into.type in TRADES and into.price is None:
        check.add("price", "A buy or a sale needs its price per unit.")
    currency = str(content.get("currency") or into.portfolio.base_currency).strip().upper()
    into.currency = currency
    if into.price is None and into.type not in TRADES:
        return
    asset(currency, "currency", check)
    if into.type in TRADES and currency == str(content.get("symbol") or "").strip().upper():
        check.add("currency", "An asset is not bought or sold for itself.")


def _fee(content: dict[str, Any], into: Transaction, check: Check) -> None:
    fee = amount(content.get("fee") or ZERO, "fee", check)
    into.fee = fee or ZERO
    symbol = content.get("fee_symbol")
    paid_in = asset(symbol, "fee_symbol", check) if symbol and into.fee else None
    _put(into, "fee_asset", paid_in)
    if not into.fee:
        return
    if into.type in _IS_FEE:
        check.add("fee", "This transaction is itself a fee: its quantity says how much.")
    money = paid_in is None or paid_in.symbol == into.currency
    if into.type in TOO_DEAR and money and into.price is not None:
        quantity = getattr(into, "quantity", None)
        if quantity is not None and into.fee > quantity * into.price:
            check.add("fee", TOO_DEAR[into.type])


def _words(content: dict[str, Any], into: Transaction, check: Check) -> None:
    for field, longest in _LENGTHS.items():
        text = str(content.get(field) or "").strip()
        if len(text) > longest:
            check.add(field, f"At most {longest} characters.")
        elif "\x00" in text:
            check.add(field, "Contains a character that cannot be stored.")
        else:
            setattr(into, field, text or (None if field == "external_id" else ""))
    wanted = str(content.get("unmatched") or "").strip().lower()
    if wanted in _YES_OR_NO:
        into.unmatched = _YES_OR_NO[wanted]
    else:
        check.add("unmatched", "Say true or false.")
    if into.type == TransactionType.TRANSFER and not (into.location or into.to_location):
        check.add("to_location", "Say where the units went.")
    elif into.type != TransactionType.TRANSFER and into.to_location:
        check.add("to_location", "Only a transfer has a place to go to.")
