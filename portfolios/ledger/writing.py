"""Putting the outcome of a replay in the place of what was stored from a moment on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from portfolios import lots
from portfolios.copying import copy_rows, count_again, new_ids
from portfolios.ledger.reading import Earlier
from portfolios.models import Disposal, Holding, Lot, Portfolio, Transaction

#: Lots after which the planner must look at the tables again.
MANY = 5000
_LOT = (
    "id",
    "portfolio_id",
    "asset_id",
    "opened_by_id",
    "acquired_at",
    "quantity",
    "remaining",
    "cost",
    "basis",
    "fee",
    "basis_assumed",
    "basis_missing",
    "location",
    "source_id",
    "moved_by_id",
)
_DISPOSAL = (
    "transaction_id",
    "lot_id",
    "quantity",
    "basis",
    "proceeds",
    "gain",
    "realised",
    "fee",
    "rule",
)
_CLEAR = (
    """
    DELETE FROM portfolios_disposal d USING portfolios_lot l, portfolios_transaction t
    WHERE l.id = d.lot_id AND t.id = d.transaction_id AND l.portfolio_id = %(portfolio)s
      AND l.asset_id = ANY(%(assets)s) AND t.executed_at >= %(at)s
    """,
    """
    DELETE FROM portfolios_lot l WHERE l.portfolio_id = %(portfolio)s
      AND l.asset_id = ANY(%(assets)s) AND coalesce(
        (SELECT m.executed_at FROM portfolios_transaction m WHERE m.id = l.moved_by_id),
        l.acquired_at) >= %(at)s
    """,
)
_CLEAR_ALL = (
    """
    DELETE FROM portfolios_disposal d USING portfolios_lot l
    WHERE l.id = d.lot_id AND l.portfolio_id = %(portfolio)s AND l.asset_id = ANY(%(assets)s)
    """,
    """
    DELETE FROM portfolios_lot
    WHERE portfolio_id = %(portfolio)s AND asset_id = ANY(%(assets)s)
    """,
)
_UPDATE = """
    UPDATE portfolios_lot l SET remaining = n.remaining, basis = n.basis
    FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS n(id, remaining, basis)
    WHERE l.id = n.id AND (l.remaining, l.basis) IS DISTINCT FROM (n.remaining, n.basis)
"""


def clear(portfolio: Portfolio, assets: Iterable[int], since: datetime | None) -> None:
    """Delete disposals and lots from `since` on (None: all), in two statements."""
    asked: dict[str, Any] = {"portfolio": portfolio.pk, "assets": list(assets), "at": since}
    with connection.cursor() as cursor:
        for statement in _CLEAR_ALL if since is None else _CLEAR:
            cursor.execute(statement, asked)


def write(
    portfolio: Portfolio,
    outcomes: Mapping[int, lots.Replay],
    before: Mapping[int, Earlier],
    fees: Mapping[int, Mapping[int, Decimal]],
) -> None:
    """Store what came of each asset (by its id) after the state `before`.

    `fees`: by asset and transaction, what an acquisition cost beyond its price.
    """
    ids = _numbers(outcomes, before)
    for state in before.values():
        ids |= state.rows
    copy_rows(Lot, _LOT, _lot_rows(portfolio, outcomes, fees, ids))
    _update(before.values())
    copy_rows(Disposal, _DISPOSAL, _disposal_rows(outcomes.values(), ids))
    if len(ids) > MANY:
        count_again(Transaction, Lot, Disposal)
    seen = {asset for asset, state in before.items() if state.seen}
    _holdings(portfolio, outcomes, seen | {asset for asset, o in outcomes.items() if o.lots})


def _numbers(outcomes: Mapping[int, lots.Replay], before: Mapping[int, Earlier]) -> dict[int, int]:
    """An id for each new lot, by its identity. A lot that earlier disposals name keeps its own."""
    count = sum(len(outcome.lots) for outcome in outcomes.values())
    fresh = iter(new_ids(Lot, count))
    ids: dict[int, int] = {}
    for asset, outcome in outcomes.items():
        kept = before[asset].kept if asset in before else {}
        for lot in outcome.lots:
            named = kept.get(lot.opened_by) if lot.moved_by is None else None
            ids[id(lot)] = next(fresh) if named is None else named
    return ids


def _lot_rows(
    portfolio: Portfolio,
    outcomes: Mapping[int, lots.Replay],
    fees: Mapping[int, Mapping[int, Decimal]],
    ids: Mapping[int, int],
) -> Iterator[tuple[Any, ...]]:
    for asset, outcome in outcomes.items():
        paid = fees.get(asset, {})
        for lot in outcome.lots:
            fresh = lot.moved_by is None and not lot.missing
            yield (
                ids[id(lot)],
                portfolio.pk,
                asset,
                lot.opened_by,
                lot.acquired_at,
                lot.quantity,
                lot.remaining,
                lot.cost,
                lot.basis,
                paid.get(lot.opened_by, lots.ZERO) if fresh else lots.ZERO,
                lot.assumed,
                lot.missing,
                lot.location,
                None if lot.source is None else ids[id(lot.source)],
                lot.moved_by,
            )


def _disposal_rows(
    outcomes: Iterable[lots.Replay], ids: Mapping[int, int]
) -> Iterator[tuple[Any, ...]]:
    for outcome in outcomes:
        for piece in outcome.disposals:
            yield (
                piece.key,
                ids[id(piece.lot)],
                piece.quantity,
                piece.basis,
                piece.proceeds,
                piece.gain,
                piece.realised,
                piece.fee,
                piece.rule,
            )


def _update(states: Iterable[Earlier]) -> None:
    """Lots from before that have more or less left now, or another average."""
    kept = [(state.rows[id(lot)], lot) for state in states for lot in state.open]
    if kept:
        with connection.cursor() as cursor:
            columns = zip(*((pk, lot.remaining, lot.basis) for pk, lot in kept), strict=True)
            cursor.execute(_UPDATE, [list(column) for column in columns])


def _holdings(
    portfolio: Portfolio, outcomes: Mapping[int, lots.Replay], ever_held: set[int]
) -> None:
    """Totals of each asset; one of which nothing was ever held has none."""
    gone = outcomes.keys() - ever_held
    Holding.objects.filter(portfolio=portfolio.pk, asset__in=gone).delete()
    Holding.objects.bulk_create(
        (
            Holding(
                portfolio=portfolio,
                asset_id=asset,
                quantity=outcome.quantity,
                cost=outcome.cost,
                realised=outcome.realised,
                rewards=outcome.rewards,
                fees=outcome.fees,
            )
            for asset, outcome in outcomes.items()
            if asset in ever_held
        ),
        update_conflicts=True,
        unique_fields=["portfolio", "asset"],
        update_fields=["quantity", "cost", "realised", "rewards", "fees"],
    )
