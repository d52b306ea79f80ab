"""From a transaction to what it does to each asset: the semantics of docs/ledger.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from markets.models import AssetKind
from portfolios.lots import COMES_IN, PRECISE, UNIT, ZERO, Choice, Event, Kind
from portfolios.marks import Marks
from portfolios.models import Portfolio, Transaction, TransactionType

#: What is paid for with money.
TRADES = {TransactionType.BUY, TransactionType.SELL}
#: What gives one thing for another: a fee without a name is money.
EXCHANGES = TRADES | {TransactionType.SWAP}
_KINDS: dict[str, Kind] = {
    TransactionType.DEPOSIT: Kind.DEPOSIT,
    TransactionType.GIFT_IN: Kind.ACQUIRE,
    TransactionType.REWARD: Kind.REWARD,
    TransactionType.AIRDROP: Kind.REWARD,
    TransactionType.FORK: Kind.REWARD,
    TransactionType.WITHDRAWAL: Kind.WITHDRAW,
    TransactionType.GIFT_OUT: Kind.GIVE,
    TransactionType.LOST: Kind.LOSE,
    TransactionType.FEE: Kind.SPEND,
    TransactionType.INTEREST: Kind.SPEND,
    TransactionType.TRANSFER: Kind.MOVE,
}
#: Their basis is the giver's or the owner's own: the day's price is no more than a guess at it.
_BROUGHT = {TransactionType.DEPOSIT, TransactionType.GIFT_IN}
Choices = Mapping[int, tuple[Choice, ...]]


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
    """What the fee is paid in: as said, else the money of an exchange, else the asset itself."""
    if transaction.fee_asset is not None:
        return transaction.fee_asset.symbol
    if transaction.type in EXCHANGES:
        return transaction.currency
    return transaction.asset.symbol


def fee_is_money(transaction: Transaction) -> bool:
    """Whether the fee belongs to the price of an exchange rather than to units that are held."""
    if transaction.type not in EXCHANGES:
        return False
    asset = transaction.fee_asset
    return asset is None or asset.symbol == transaction.currency or asset.kind == AssetKind.FIAT


def symbols_of(transaction: Transaction, *, track_cash: bool) -> set[str]:
    """Assets whose lots the transaction touches."""
    touched = {transaction.asset.symbol}
    if transaction.to_asset is not None:
        touched.add(transaction.to_asset.symbol)
    if track_cash and is_trade(transaction):
        touched.add(transaction.currency)
    if transaction.fee and (track_cash or not fee_is_money(transaction)):
        touched.add(fee_symbol(transaction))
    return touched


def symbols_to_mark(transactions: Iterable[Transaction]) -> set[str]:
    """Symbols whose prices the entries of these transactions may ask for."""
    wanted: set[str] = set()
    for transaction in transactions:
        if transaction.price is not None:
            wanted.add(transaction.currency)
        else:
            wanted.add(transaction.asset.symbol)
            if transaction.to_asset is not None:
                wanted.add(transaction.to_asset.symbol)
        if transaction.fee:
            wanted.add(fee_symbol(transaction))
    return wanted


def entries(
    portfolio: Portfolio,
    transactions: Iterable[Transaction],
    marks: Marks,
    choices: Choices | None = None,
) -> Iterator[Entry]:
    """Every event of these transactions; raises `NoMarkError` where a needed price is unknown.

    `choices`: by transaction, the acquisitions whose units leave with it; they are of the asset
    that it names, not of its fee or of the cash it moves.
    """
    chosen = choices or {}
    for transaction in transactions:
        with localcontext(PRECISE):
            if transaction.type == TransactionType.SWAP:
                found = list(_swap(portfolio, transaction, marks, chosen))
            elif is_trade(transaction):
                found = list(_trade(portfolio, transaction, marks, chosen))
            else:
                found = [_own(transaction, marks, chosen)]
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
    choices: Choices | None = None,
) -> Event:
    return Event(
        transaction.pk,
        transaction.executed_at,
        kind,
        quantity,
        money,
        fee,
        worth,
        assumed,
        transaction.location,
        transaction.to_location,
        choices.get(transaction.pk, ()) if choices else (),
        transaction.unmatched,
    )


def _rate(transaction: Transaction, marks: Marks, currency: str, field: str) -> Decimal:
    """What one unit of `currency` is worth in the base on the day of the transaction."""
    rate = marks.near(currency, transaction.executed_at.date())
    if rate is None:
        day = transaction.executed_at.date().isoformat()
        raise NoMarkError(
            transaction, field, f"No rate from {currency} to {marks.base} is known for {day}."
        )
    return rate


def _trade(
    portfolio: Portfolio, transaction: Transaction, marks: Marks, choices: Choices
) -> Iterator[Entry]:
    """The traded units, and the cash that paid for them where cash is tracked."""
    if transaction.price is None:  # cleaning sees to it; an import that skipped it must not guess
        raise NoMarkError(transaction, "price", "A buy or sale needs its price.")
    bought = transaction.type == TransactionType.BUY
    gross = transaction.quantity * transaction.price
    worth = gross * _rate(transaction, marks, transaction.currency, "currency")
    fee = _fee_in_money(transaction, marks)
    kind, money = (Kind.ACQUIRE, worth + fee) if bought else (Kind.SELL, worth - fee)
    yield Entry(
        transaction.asset.symbol,
        _event(transaction, kind, transaction.quantity, money=money, fee=fee, choices=choices),
    )
    if portfolio.track_cash:
        yield from _cash(transaction, gross, worth, fee, Kind.SELL if bought else Kind.ACQUIRE)


def _swap(
    portfolio: Portfolio, transaction: Transaction, marks: Marks, choices: Choices
) -> Iterator[Entry]:
    """Units sold for what the others are worth; a fee in money is the sale's, as with any sale."""
    target, got = transaction.to_asset, transaction.to_quantity
    if target is None or got is None:  # the table allows it; cleaning does not
        raise NoMarkError(transaction, "to_symbol", "A swap needs what it gets.")
    worth = _exchanged(transaction, target.symbol, got, marks)
    fee = _fee_in_money(transaction, marks)
    given = _event(
        transaction,
        Kind.SELL,
        transaction.quantity,
        money=worth - fee,
        fee=fee,
        choices=choices,
    )
    yield Entry(transaction.asset.symbol, given)
    yield Entry(target.symbol, _event(transaction, Kind.ACQUIRE, got, money=worth))
    if fee and portfolio.track_cash:
        paid_in = fee_symbol(transaction)
        yield Entry(paid_in, _event(transaction, Kind.SELL, transaction.fee, money=fee))


def _exchanged(transaction: Transaction, symbol: str, got: Decimal, marks: Marks) -> Decimal:
    """What a swap is worth in the base: as said, else what comes in, else what goes out."""
    if transaction.price is None:
        mark = marks.near(symbol, transaction.executed_at.date())
        if mark is not None:
            return got * mark
    worth = _worth(transaction, marks)
    if worth is None:
        day = transaction.executed_at.date().isoformat()
        given = transaction.asset.symbol
        message = f"No price of {symbol} or {given} is known for {day}: give one per {given}."
        raise NoMarkError(transaction, "price", message)
    return worth


def _fee_in_money(transaction: Transaction, marks: Marks) -> Decimal:
    """The fee of an exchange in the base, where it is money; else 0: then units pay it."""
    if not transaction.fee or not fee_is_money(transaction):
        return ZERO
    return transaction.fee * _rate(transaction, marks, fee_symbol(transaction), "fee_symbol")


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


def _own(transaction: Transaction, marks: Marks, choices: Choices) -> Entry:
    """What the types that are no exchange do to the asset they name."""
    kind = _KINDS[transaction.type]
    symbol, quantity = transaction.asset.symbol, transaction.quantity
    if kind in COMES_IN:
        return Entry(symbol, _incoming(transaction, kind, marks))
    worth = _worth(transaction, marks) if kind is Kind.SPEND else None
    return Entry(symbol, _event(transaction, kind, quantity, worth=worth, choices=choices))


def _incoming(transaction: Transaction, kind: Kind, marks: Marks) -> Event:
    """A lot at its price, else at the day's close, which is a guess for what was brought along.

    A fork without a price has cost nothing and is no income until it is sold.
    """
    if transaction.type == TransactionType.FORK and transaction.price is None:
        return _event(transaction, Kind.ACQUIRE, transaction.quantity)
    worth = _worth(transaction, marks)
    if worth is None:
        day = transaction.executed_at.date().isoformat()
        message = f"No price of {transaction.asset.symbol} is known for {day}: give one."
        raise NoMarkError(transaction, "price", message)
    assumed = transaction.type in _BROUGHT and transaction.price is None
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
