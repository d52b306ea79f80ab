"""Where the units lie: exchanges, wallets and vaults, as the ledger names them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, Sum

from markets.models import AssetKind
from portfolios.entries import EXCHANGES, TRADES
from portfolios.lots import ZERO
from portfolios.models import BasisScope, Holding, Lot, Portfolio, Transaction, TransactionType

_COMES_IN = {
    TransactionType.BUY,
    TransactionType.DEPOSIT,
    TransactionType.REWARD,
    TransactionType.AIRDROP,
    TransactionType.FORK,
    TransactionType.GIFT_IN,
}


class _Group(NamedTuple):
    """Sums over the transactions that agree in all the rest."""

    type: str
    symbol: str
    location: str
    to_location: str
    currency: str
    fee_symbol: str | None
    fee_kind: str | None
    to_symbol: str | None
    quantity: Decimal
    to_quantity: Decimal | None
    fee: Decimal
    gross: Decimal | None


def quantities_by_location(portfolio: Portfolio) -> dict[str, dict[str, Decimal]]:
    """Units held now by location and symbol; "" is what the ledger gives no place to.

    The places of an asset sum to what is held of it. Where the ledger took more from a place than
    it brought there (a transfer nobody wrote down), that place has none and the others are scaled
    down to what is held. With basis by location the open lots say where they lie.
    """
    if portfolio.basis_scope == BasisScope.LOCATION:
        return _by_lots(portfolio)
    balances: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for group in _groups(portfolio):
        for symbol, location, change in _moves(group, track_cash=portfolio.track_cash):
            balances[symbol][location] += change
    held = Holding.objects.filter(portfolio=portfolio, quantity__gt=0)
    placed: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for symbol, quantity in held.values_list("asset__symbol", "quantity"):
        for location, share in _spread(balances[symbol], quantity).items():
            placed[location][symbol] = share
    return dict(placed)


def _by_lots(portfolio: Portfolio) -> dict[str, dict[str, Decimal]]:
    rows = Lot.objects.filter(portfolio=portfolio, remaining__gt=0).order_by()
    placed: dict[str, dict[str, Decimal]] = defaultdict(dict)
    sums = rows.values_list("location", "asset__symbol").annotate(Sum("remaining"))
    for location, symbol, units in sums:
        placed[location][symbol] = units
    return dict(placed)


def _groups(portfolio: Portfolio) -> Iterator[_Group]:
    rows = Transaction.objects.filter(portfolio=portfolio).order_by()
    grouped = rows.values_list(
        "type",
        "asset__symbol",
        "location",
        "to_location",
        "currency",
        "fee_asset__symbol",
        "fee_asset__kind",
        "to_asset__symbol",
    )
    sums = grouped.annotate(
        Sum("quantity"), Sum("to_quantity"), Sum("fee"), gross=Sum(F("quantity") * F("price"))
    )
    yield from (_Group(*row) for row in sums)


def _moves(group: _Group, *, track_cash: bool) -> Iterator[tuple[str, str, Decimal]]:
    """(symbol, location, units) as docs/ledger.md says; see `portfolios.entries`."""
    trade, here = group.type in EXCHANGES, group.location
    sign = 1 if group.type in _COMES_IN else -1
    yield group.symbol, here, sign * group.quantity
    if group.type == TransactionType.TRANSFER:
        yield group.symbol, group.to_location, group.quantity
    if group.to_symbol is not None:
        yield group.to_symbol, here, group.to_quantity or ZERO
    if group.type in TRADES and track_cash:
        yield group.currency, here, -sign * (group.gross or ZERO)
    paid_in = group.fee_symbol or (group.currency if trade else group.symbol)
    money = paid_in == group.currency or group.fee_kind == AssetKind.FIAT
    if not trade or track_cash or not money:
        yield paid_in, here, -group.fee


def _spread(balances: dict[str, Decimal], held: Decimal) -> dict[str, Decimal]:
    there = {location: units for location, units in balances.items() if units > 0}
    total = sum(there.values(), ZERO)
    if not total:
        return {"": held}
    return {location: held * units / total for location, units in there.items()}
