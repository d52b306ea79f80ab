"""Transactions to replay, and the state that the ones before them left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from markets.models import Asset
from portfolios import lots
from portfolios.entries import TRADES
from portfolios.lots import ZERO
from portfolios.models import LotChoice, Portfolio, Transaction, TransactionType

_MOVES_CASH = {*TRADES, TransactionType.SWAP}
#: What opens lots that are income.
INCOME = (TransactionType.REWARD, TransactionType.AIRDROP, TransactionType.FORK)


def transactions_of(
    portfolio: Portfolio,
    assets: Mapping[int, Asset],
    since: datetime | None,
    fresh: Sequence[Transaction] = (),
) -> list[Transaction]:
    """Those from `since` on that may have an event of one of these assets, by time. `fresh` are
    at hand already: the newest by id.

    Their assets come out of one dict: a join or a query for each row would cost more than a replay.
    """
    which = Q(asset__in=assets) | Q(to_asset__in=assets) | Q(fee_asset__in=assets)
    if portfolio.track_cash:
        symbols = [asset.symbol for asset in assets.values()]
        which |= Q(currency__in=symbols, type__in=_MOVES_CASH)
    rows = Transaction.objects.filter(which, portfolio=portfolio.pk)
    if since is not None:
        rows = rows.filter(executed_at__gte=since)
    if fresh:
        rows = rows.filter(pk__lt=min(row.pk for row in fresh))
    found = list(rows.order_by("executed_at", "pk"))
    attach(portfolio, found, dict(assets))
    return sorted([*found, *fresh], key=lambda row: (row.executed_at, row.pk))


def attach(portfolio: Portfolio, rows: list[Transaction], known: dict[int, Asset]) -> None:
    """Give the rows their portfolio and assets without asking for each."""
    named = {pk for row in rows for pk in (row.asset_id, row.to_asset_id, row.fee_asset_id) if pk}
    found = known | Asset.objects.in_bulk(named - known.keys())
    for row in rows:
        row._state.fields_cache |= {  # noqa: SLF001 - what the descriptors read
            "portfolio": portfolio,
            "asset": found[row.asset_id],
            "to_asset": found[row.to_asset_id] if row.to_asset_id else None,
            "fee_asset": found[row.fee_asset_id] if row.fee_asset_id else None,
        }


def choices_of(portfolio: Portfolio, without: frozenset[int]) -> dict[int, tuple[lots.Choice, ...]]:
    """By disposal: the acquisitions whose units it takes, and how many."""
    rows = LotChoice.objects.filter(disposal__portfolio=portfolio.pk).order_by("pk")
    found: defaultdict[int, list[lots.Choice]] = defaultdict(list)
    for disposal, acquisition, quantity in rows.values_list(
        "disposal_id", "acquisition_id", "quantity"
    ):
        if acquisition not in without:
            found[disposal].append((acquisition, quantity))
    return {key: tuple(chosen) for key, chosen in found.items()}


@dataclass(slots=True)
class Earlier:
    """What everything before a moment left of one asset: its `open` lots. `rows`: the stored lots'
    ids, by identity of the lot; `kept`: ids of later lots that earlier disposals are matched with,
    by acquisition; `seen`: there were any lots.
    """

    open: list[lots.Lot] = field(default_factory=list)
    rows: dict[int, int] = field(default_factory=dict)
    realised: Decimal = ZERO
    rewards: Decimal = ZERO
    fees: Decimal = ZERO
    pools: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    pledged: dict[int, lots.Pledge] = field(default_factory=dict)
    kept: dict[int, int] = field(default_factory=dict)
    seen: bool = False

    def resumed(self, restart: lots.Restart) -> lots.Replay:
        return lots.Replay.resumed(
            self.open,
            realised=self.realised,
            rewards=self.rewards,
            fees=self.fees,
            since=restart.at,
            pools=dict(self.pools) if restart.pooled else None,
            pledged=self.pledged,
        )


#: A lot exists from its acquisition, or from the transfer that made it.
_BORN = "coalesce(m.executed_at, l.acquired_at)"

#: Lots made before %(at)s of which something was left then, less what had left them by then.
_OPEN = f"""
    SELECT l.id, l.asset_id, l.opened_by_id, l.acquired_at, l.quantity, l.cost, l.basis_assumed,
           l.quantity - coalesce(g.quantity, 0), l.cost - coalesce(g.basis, 0),
           l.location, l.moved_by_id, l.basis_missing
    FROM portfolios_lot l
    LEFT JOIN portfolios_transaction m ON m.id = l.moved_by_id
    LEFT JOIN (
        SELECT d.lot_id, sum(d.quantity) AS quantity, sum(d.basis) AS basis
        FROM portfolios_disposal d
        JOIN portfolios_transaction t ON t.id = d.transaction_id
        JOIN portfolios_lot o ON o.id = d.lot_id
        WHERE o.portfolio_id = %(portfolio)s AND o.asset_id = ANY(%(assets)s)
          AND t.executed_at < %(at)s
        GROUP BY d.lot_id
    ) g ON g.lot_id = l.id
    WHERE l.portfolio_id = %(portfolio)s AND l.asset_id = ANY(%(assets)s)
      AND {_BORN} < %(at)s AND l.quantity > coalesce(g.quantity, 0)
    ORDER BY l.acquired_at, l.opened_by_id, l.moved_by_id NULLS FIRST, l.id
"""  # noqa: S608 - no input in it

#: Sums over lots made before %(at)s, by asset and place.
_CAME = f"""
    SELECT l.asset_id, l.location, sum(l.cost), sum(l.fee),
           coalesce(sum(l.cost) FILTER (
               WHERE o.type = ANY(%(income)s) AND l.source_id IS NULL), 0)
    FROM portfolios_lot l
    JOIN portfolios_transaction o ON o.id = l.opened_by_id
    LEFT JOIN portfolios_transaction m ON m.id = l.moved_by_id
    WHERE l.portfolio_id = %(portfolio)s AND l.asset_id = ANY(%(assets)s) AND {_BORN} < %(at)s
    GROUP BY l.asset_id, l.location
"""  # noqa: S608

#: Sums over disposals before %(at)s: of earlier lots by place, of later ones by lot.
_LEFT = f"""
    SELECT l.asset_id, l.location, CASE WHEN {_BORN} >= %(at)s THEN l.id END AS lot,
           min(l.opened_by_id), sum(d.quantity), sum(d.basis),
           sum(d.gain), sum(d.fee)
    FROM portfolios_disposal d
    JOIN portfolios_transaction t ON t.id = d.transaction_id
    JOIN portfolios_lot l ON l.id = d.lot_id
    LEFT JOIN portfolios_transaction m ON m.id = l.moved_by_id
    WHERE l.portfolio_id = %(portfolio)s AND l.asset_id = ANY(%(assets)s)
      AND t.executed_at < %(at)s
    GROUP BY 1, 2, 3
"""  # noqa: S608


def earlier(
    portfolio: Portfolio, assets: Iterable[int], restart: lots.Restart, *, by_location: bool
) -> dict[int, Earlier]:
    """The state before `restart.at` of each asset, from its stored lots and disposals."""
    ids = list(assets)
    found = {asset: Earlier() for asset in ids}
    asked: dict[str, Any] = {
        "portfolio": portfolio.pk,
        "assets": ids,
        "at": restart.at,
        "income": [str(kind) for kind in INCOME],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, asked)
        for row in cursor.fetchall():
            _add_lot(found, _Row(*row))
        cursor.execute(_CAME, asked)
        for asset, location, cost, fees, rewards in cursor.fetchall():
            state = found[asset]
            state.pools[location if by_location else ""] += cost
            state.fees += fees
            state.rewards += rewards
            state.seen = True
        cursor.execute(_LEFT, asked)
        for asset, location, lot, key, quantity, basis, gain, fee in cursor.fetchall():
            state = found[asset]
            state.realised += gain
            state.fees += fee
            if lot is None:
                state.pools[location if by_location else ""] -= basis
            else:
                state.pledged[key] = lots.Pledge(quantity, basis)
                state.kept[key] = lot
    return found


class _Row(NamedTuple):
    pk: int
    asset: int
    opened_by: int
    acquired_at: datetime
    quantity: Decimal
    cost: Decimal
    assumed: bool
    remaining: Decimal
    basis: Decimal
    location: str
    moved_by: int | None
    missing: bool


def _add_lot(found: dict[int, Earlier], row: _Row) -> None:
    lot = lots.Lot(
        opened_by=row.opened_by,
        acquired_at=row.acquired_at,
        quantity=row.quantity,
        cost=row.cost,
        assumed=row.assumed,
        remaining=row.remaining,
        basis=row.basis,
        location=row.location,
        moved_by=row.moved_by,
        missing=row.missing,
    )
    found[row.asset].open.append(lot)
    found[row.asset].rows[id(lot)] = row.pk
