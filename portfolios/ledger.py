"""The stored outcome of the ledger: replays assets of a portfolio and writes what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from markets.models import Asset
from portfolios import lots
from portfolios.entries import TRADES, by_symbol, entries, symbols_to_mark
from portfolios.marks import Marks, price_venue
from portfolios.models import Disposal, Holding, Lot, Portfolio, Transaction

#: The greatest amount that numeric(38,18) can hold, exclusive.
LIMIT = Decimal(10) ** 20
_BATCH = 2000


class OverdrawnError(Exception):
    """A transaction takes more of `symbol` than the `held` units at that time."""

    def __init__(self, transaction_id: int, symbol: str, oversold: lots.Oversold) -> None:
        super().__init__(f"{symbol}: {oversold.event.quantity} of {oversold.held}")
        self.transaction_id, self.symbol = transaction_id, symbol
        self.held: Decimal = oversold.held
        self.wanted: Decimal = oversold.event.quantity
        self.at: datetime = oversold.event.at
        self.kind = oversold.event.kind


class TooLargeError(Exception):
    """An amount of money of `transaction_id` does not fit numeric(38,18)."""

    def __init__(self, transaction_id: int) -> None:
        super().__init__(f"transaction {transaction_id}")
        self.transaction_id = transaction_id


def rebuild(portfolio: Portfolio, symbols: set[str]) -> None:
    """Replay the assets named and replace their lots, disposals and holdings.

    The caller holds the row lock. Raises `OverdrawnError`, `NoMarkError` or `TooLargeError`;
    nothing is written then.
    """
    transactions = list(_touching(portfolio, symbols))
    outcomes = replay(portfolio, transactions, symbols)
    assets = dict(Asset.objects.filter(symbol__in=symbols).values_list("symbol", "pk"))
    _clear(portfolio, assets.values())
    _write(portfolio, {assets[symbol]: outcome for symbol, outcome in outcomes.items()})


def extend(portfolio: Portfolio, newest: Transaction, symbols: set[str]) -> bool:
    """Apply a transaction that is later than all others of its assets to their open lots alone.

    Returns False, having done nothing, when it is not the newest. Raises as `rebuild` does.
    """
    others = _touching(portfolio, symbols).exclude(pk=newest.pk)
    if others.filter(executed_at__gte=newest.executed_at).exists():
        return False
    rows = _open_lots(portfolio, symbols)
    states = _states(portfolio, symbols, rows)
    outcomes = replay(portfolio, [newest], symbols, states)
    _write_on(portfolio, outcomes, rows)
    return True


def replay(
    portfolio: Portfolio,
    transactions: list[Transaction],
    symbols: set[str],
    after: Mapping[str, lots.Replay] | None = None,
) -> dict[str, lots.Replay]:
    """What the transactions amount to for each symbol, after the states; raises as `rebuild`."""
    found = entries(portfolio, transactions, marks_for(portfolio, transactions))
    states = after or {}
    outcomes = {
        symbol: lots.replay(events, states.get(symbol))
        for symbol, events in by_symbol(found, symbols).items()
    }
    for symbol, outcome in outcomes.items():
        if outcome.oversold:
            raise OverdrawnError(outcome.oversold.event.key, symbol, outcome.oversold)
        _check_size(outcome)
    return outcomes


def marks_for(portfolio: Portfolio, transactions: list[Transaction]) -> Marks:
    """Every price that the entries of these transactions may need."""
    if not transactions:
        return Marks(portfolio.base_currency)
    days = [transaction.executed_at.date() for transaction in transactions]
    wanted = symbols_to_mark(transactions)
    return Marks.load(wanted, min(days), max(days), portfolio.base_currency, price_venue(portfolio))


def _touching(portfolio: Portfolio, symbols: set[str]) -> QuerySet[Transaction]:
    """The transactions that may have an event of one of these assets."""
    which = Q(asset__symbol__in=symbols) | Q(fee_asset__symbol__in=symbols)
    if portfolio.track_cash:
        which |= Q(currency__in=symbols, type__in=TRADES)
    return (
        Transaction.objects.filter(which, portfolio=portfolio)
        .select_related("asset", "fee_asset")
        .order_by("executed_at", "pk")
    )


def _open_lots(portfolio: Portfolio, symbols: set[str]) -> dict[int, tuple[Lot, lots.Lot]]:
    """Lots with something left, oldest first: row and replay's lot, by the latter's identity."""
    rows = (
        Lot.objects.filter(portfolio=portfolio, asset__symbol__in=symbols, remaining__gt=0)
        .select_related("asset")
        .annotate(gone=Coalesce(Sum("disposals__basis"), Value(Decimal(0))))
        .order_by("acquired_at", "opened_by_id")
    )
    pairs = [(row, _as_lot(row, row.cost - row.gone)) for row in rows]
    return {id(lot): (row, lot) for row, lot in pairs}


def _as_lot(row: Lot, basis: Decimal) -> lots.Lot:
    return lots.Lot(
        opened_by=row.opened_by_id,
        acquired_at=row.acquired_at,
        quantity=row.quantity,
        cost=row.cost,
        assumed=row.basis_assumed,
        remaining=row.remaining,
        basis=basis,
    )


def _states(
    portfolio: Portfolio, symbols: set[str], rows: Mapping[int, tuple[Lot, lots.Lot]]
) -> dict[str, lots.Replay]:
    waiting: dict[str, list[lots.Lot]] = {symbol: [] for symbol in symbols}
    for row, lot in rows.values():
        waiting[row.asset.symbol].append(lot)
    known = Holding.objects.filter(portfolio=portfolio, asset__symbol__in=symbols)
    totals = {row.asset.symbol: row for row in known.select_related("asset")}
    return {
        symbol: lots.Replay.resumed(
            open_lots,
            realised=totals[symbol].realised if symbol in totals else lots.ZERO,
            rewards=totals[symbol].rewards if symbol in totals else lots.ZERO,
            fees=totals[symbol].fees if symbol in totals else lots.ZERO,
        )
        for symbol, open_lots in waiting.items()
    }


def _check_size(outcome: lots.Replay) -> None:
    for lot in outcome.lots:
        if lot.cost >= LIMIT or outcome.cost >= LIMIT or outcome.quantity >= LIMIT:
            raise TooLargeError(lot.opened_by)
    for disposal in outcome.disposals:
        if abs(disposal.gain) >= LIMIT or disposal.proceeds >= LIMIT:
            raise TooLargeError(disposal.key)


def _clear(portfolio: Portfolio, assets: Iterable[int]) -> None:
    ids = list(assets)
    Disposal.objects.filter(lot__portfolio=portfolio, lot__asset__in=ids).delete()
    Lot.objects.filter(portfolio=portfolio, asset__in=ids).delete()
    Holding.objects.filter(portfolio=portfolio, asset__in=ids).delete()


def _write(portfolio: Portfolio, outcomes: Mapping[int, lots.Replay]) -> None:
    rows: dict[int, Lot] = {}
    for asset, outcome in outcomes.items():
        for lot in outcome.lots:
            rows[id(lot)] = _lot_row(portfolio, asset, lot)
    Lot.objects.bulk_create(rows.values(), batch_size=_BATCH)
    _add_disposals(outcomes.values(), rows)
    Holding.objects.bulk_create(
        _holding_row(portfolio, asset, outcome)
        for asset, outcome in outcomes.items()
        if outcome.lots
    )


def _write_on(
    portfolio: Portfolio,
    outcomes: Mapping[str, lots.Replay],
    open_rows: Mapping[int, tuple[Lot, lots.Lot]],
) -> None:
    """Store what a replay that went on from open lots has changed and added."""
    assets = dict(Asset.objects.filter(symbol__in=outcomes).values_list("symbol", "pk"))
    rows = {key: row for key, (row, _) in open_rows.items()}
    changed = []
    for row, lot in open_rows.values():
        if row.remaining != lot.remaining:
            row.remaining, row.basis = lot.remaining, lot.basis
            changed.append(row)
    Lot.objects.bulk_update(changed, ["remaining", "basis"])
    fresh = {
        id(lot): _lot_row(portfolio, assets[symbol], lot)
        for symbol, outcome in outcomes.items()
        for lot in outcome.lots
    }
    Lot.objects.bulk_create(fresh.values())
    _add_disposals(outcomes.values(), rows | fresh)
    Holding.objects.bulk_create(
        (
            _holding_row(portfolio, assets[symbol], o)
            for symbol, o in outcomes.items()
            if o.lots or o.disposals
        ),
        update_conflicts=True,
        unique_fields=["portfolio", "asset"],
        update_fields=["quantity", "cost", "realised", "rewards", "fees"],
    )


def _add_disposals(outcomes: Iterable[lots.Replay], rows: Mapping[int, Lot]) -> None:
    Disposal.objects.bulk_create(
        (
            _disposal_row(disposal, rows[id(disposal.lot)])
            for outcome in outcomes
            for disposal in outcome.disposals
        ),
        batch_size=_BATCH,
    )


def _lot_row(portfolio: Portfolio, asset: int, lot: lots.Lot) -> Lot:
    return Lot(
        portfolio=portfolio,
        asset_id=asset,
        opened_by_id=lot.opened_by,
        acquired_at=lot.acquired_at,
        quantity=lot.quantity,
        remaining=lot.remaining,
        cost=lot.cost,
        basis=lot.basis,
        basis_assumed=lot.assumed,
    )


def _disposal_row(disposal: lots.Disposal, lot: Lot) -> Disposal:
    return Disposal(
        transaction_id=disposal.key,
        lot=lot,
        quantity=disposal.quantity,
        basis=disposal.basis,
        proceeds=disposal.proceeds,
        gain=disposal.gain,
        realised=disposal.realised,
    )


def _holding_row(portfolio: Portfolio, asset: int, outcome: lots.Replay) -> Holding:
    return Holding(
        portfolio=portfolio,
        asset_id=asset,
        quantity=outcome.quantity,
        cost=outcome.cost,
        realised=outcome.realised,
        rewards=outcome.rewards,
        fees=outcome.fees,
    )
