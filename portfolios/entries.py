"""From a transaction to what it does to each asset: the semantics of docs/ledger.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from markets.models import AssetKind
from portfolios.lots import PRECISE, UNIT, ZERO, Event, Kind
from portfolios.marks import Marks
from portfolios.models import Portfolio, Transaction, TransactionType

TRADES = {TransactionType.BUY, TransactionType.SELL}
_KINDS: dict[str, Kind] = {
    TransactionType.WITHDRAWAL: Kind.WITHDRAW,
    TransactionType.FEE: Kind.SPEND,
    TransactionType.TRANSFER: Kind.MOVE,
    TransactionType.REWARD: Kind.REWARD,
    TransactionType.DEPOSIT: Kind.ACQUIRE,
}


class NoMarkError(Exception):
    """A price that the ledger needs is not known.

    `field` is the transaction's field that would supply it, `transaction` the one in need.
    """

    def __init__(self, transaction: Transaction, field: str, message: str) -> None:
        super().__init__(message)
        self.transaction, self.field, self.message = transaction, field, message


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of the asset `symbol`."""

    symbol: str
    event: Event


def is_trade(transaction: Transaction) -> bool:
    return transaction.type in TRADES


def fee_symbol(transaction: Transaction) -> str:
    """What the fee is paid in: as said, else the money of a trade, else the asset itself."""
    if transaction.fee_asset is not None:
        return transaction.fee_asset.symbol
    return transaction.currency if is_trade(transaction) else transaction.asset.symbol


def fee_is_money(transaction: Transaction) -> bool:
    """Whether the fee belongs to the price of a trade rather than to units that are held."""
    if not is_trade(transaction):
        return False
    asset = transaction.fee_asset
    return asset is None or asset.symbol == transaction.currency or asset.kind == AssetKind.FIAT


def symbols_of(transaction: Transaction, *, track_cash: bool) -> set[str]:
    """Assets whose lots the transaction touches."""
    touched = {transaction.asset.symbol}
    if transaction.fee and not fee_is_money(transaction):
        touched.add(fee_symbol(transaction))
    if track_cash and is_trade(transaction):
        touched.add(transaction.currency)
        if transaction.fee:
            touched.add(fee_symbol(transaction))
    return touched


def symbols_to_mark(transactions: Iterable[Transaction]) -> set[str]:
    """Symbols whose prices the entries of these transactions may ask for."""
    wanted: set[str] = set()
    for transaction in transactions:
        if transaction.price is None:
            wanted.add(transaction.asset.symbol)
        else:
            wanted.add(transaction.currency)
        if transaction.fee:
            wanted.add(fee_symbol(transaction))
    return wanted


def entries(
    portfolio: Portfolio, transactions: Iterable[Transaction], marks: Marks
) -> Iterator[Entry]:
    """Every event of these transactions; raises `NoMarkError` where a needed price is unknown."""
    for transaction in transactions:
        with localcontext(PRECISE):
            if is_trade(transaction):
                found = list(_trade(portfolio, transaction, marks))
            else:
                found = [_own(transaction, marks)]
            if transaction.fee and not fee_is_money(transaction):
                found.append(_fee_in_units(transaction, marks))
        yield from found


def _event(
    transaction: Transaction,
    kind: Kind,
    quantity: Decimal,
    *,
    money: Decimal = ZERO,
    fee: Decimal = ZERO,
    worth: Decimal | None = None,
    assumed: bool = False,
) -> Event:
    at = transaction.executed_at
    return Event(transaction.pk, at, kind, quantity, money, fee, worth, assumed)


def _rate(transaction: Transaction, marks: Marks, currency: str, field: str) -> Decimal:
    """What one unit of `currency` is worth in the base on the day of the transaction."""
    rate = marks.near(currency, transaction.executed_at.date())
    if rate is None:
        day = transaction.executed_at.date().isoformat()
        raise NoMarkError(
            transaction, field, f"No rate from {currency} to {marks.base} is known for {day}."
        )
    return rate


def _trade(portfolio: Portfolio, transaction: Transaction, marks: Marks) -> Iterator[Entry]:
    """The traded units, and the cash that paid for them where cash is tracked."""
    if transaction.price is None:  # cleaning sees to it; an import that skipped it must not guess
        raise NoMarkError(transaction, "price", "A buy or sale needs its price.")
    bought = transaction.type == TransactionType.BUY
    gross = transaction.quantity * transaction.price
    worth = gross * _rate(transaction, marks, transaction.currency, "currency")
    fee = ZERO
    if transaction.fee and fee_is_money(transaction):
        fee = transaction.fee * _rate(transaction, marks, fee_symbol(transaction), "fee_symbol")
    kind, money = (Kind.ACQUIRE, worth + fee) if bought else (Kind.SELL, worth - fee)
    yield Entry(
        transaction.asset.symbol,
        _event(transaction, kind, transaction.quantity, money=money, fee=fee),
    )
    if portfolio.track_cash:
        yield from _cash(transaction, gross, worth, fee, Kind.SELL if bought else Kind.ACQUIRE)


def _cash(
    transaction: Transaction, gross: Decimal, worth: Decimal, fee: Decimal, kind: Kind
) -> Iterator[Entry]:
    """Cash given or got at its worth of the day; a fee in the same money moves with it."""
    paid_in = fee_symbol(transaction)
    if fee and paid_in == transaction.currency:
        sign = 1 if kind is Kind.SELL else -1
        gross, worth = gross + sign * transaction.fee, worth + sign * fee
    elif fee:
        yield Entry(paid_in, _event(transaction, Kind.SELL, transaction.fee, money=fee))
    gross = gross.quantize(UNIT)
    if gross:
        yield Entry(transaction.currency, _event(transaction, kind, gross, money=worth))


def _own(transaction: Transaction, marks: Marks) -> Entry:
    """What deposit, withdrawal, fee, reward and transfer do to the asset they name."""
    kind = _KINDS[transaction.type]
    symbol, quantity = transaction.asset.symbol, transaction.quantity
    if kind in {Kind.ACQUIRE, Kind.REWARD}:
        return Entry(symbol, _incoming(transaction, kind, marks))
    if kind is Kind.SPEND:
        worth = _worth(transaction, marks)
        return Entry(symbol, _event(transaction, kind, quantity, worth=worth))
    return Entry(symbol, _event(transaction, kind, quantity))


def _incoming(transaction: Transaction, kind: Kind, marks: Marks) -> Event:
    """A deposit or reward: basis by its price, else by the day's close (assumed for a deposit)."""
    worth = _worth(transaction, marks)
    if worth is None:
        day = transaction.executed_at.date().isoformat()
        message = f"No price of {transaction.asset.symbol} is known for {day}: give one."
        raise NoMarkError(transaction, "price", message)
    assumed = kind is Kind.ACQUIRE and transaction.price is None
    return _event(transaction, kind, transaction.quantity, money=worth, assumed=assumed)


def _worth(transaction: Transaction, marks: Marks) -> Decimal | None:
    """What the units were worth in the base: by the price given, else by the day's mark."""
    if transaction.price is not None:
        rate = _rate(transaction, marks, transaction.currency, "currency")
        return transaction.quantity * transaction.price * rate
    mark = marks.near(transaction.asset.symbol, transaction.executed_at.date())
    return None if mark is None else transaction.quantity * mark


def _fee_in_units(transaction: Transaction, marks: Marks) -> Entry:
    symbol = fee_symbol(transaction)
    mark = marks.near(symbol, transaction.executed_at.date())
    worth = None if mark is None else transaction.fee * mark
    return Entry(symbol, _event(transaction, Kind.SPEND, transaction.fee, worth=worth))


def by_symbol(found: Iterable[Entry], wanted: set[str]) -> Mapping[str, list[Event]]:
    """Events of the wanted assets; an asset without any event has an empty list."""
    grouped: dict[str, list[Event]] = {symbol: [] for symbol in wanted}
    for entry in found:
        if entry.symbol in grouped:
            grouped[entry.symbol].append(entry.event)
    return grouped
