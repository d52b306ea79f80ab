"""What a sale would realise now, by the portfolio's own method. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Sum

from markets.models import Asset
from portfolios.ledger.reading import choices_of, transactions_of
from portfolios.ledger.replaying import _before, _restart, replay
from portfolios.ledger.rules import rules_of
from portfolios.lots import ZERO, Disposal
from portfolios.models import Lot, Portfolio, Transaction, TransactionType

#: Ids of transactions that do not exist: above every one that does.
_FIRST_KEY = 2**62


@dataclass(frozen=True, slots=True)
class Sale:
    """So many units at `price` (base currency), with a `fee` in the same money."""

    symbol: str
    quantity: Decimal
    price: Decimal
    fee: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Realised:
    """`proceeds` are after the fee; gain = proceeds - basis; `assumed`: some basis is a guess."""

    basis: Decimal
    proceeds: Decimal
    gain: Decimal
    assumed: bool


def realised_by(portfolio: Portfolio, sales: Iterable[Sale]) -> dict[str, Realised]:
    """What these sales would realise now, by symbol, each of no more than is held.

    Where each location has its own lots the units come from the fullest one first.
    """
    wanted = {sale.symbol: sale for sale in sales}
    if not wanted:
        return {}
    assets = {asset.pk: asset for asset in Asset.objects.filter(symbol__in=wanted)}
    now, rules = datetime.now(UTC), rules_of(portfolio)
    restart = _restart(portfolio, rules, now)
    before = _before(portfolio, assets, restart, rules)
    if restart is None or before is None:
        restart, before = None, {}
    rows = transactions_of(portfolio, assets, None if restart is None else restart.at)
    states = {}
    if restart is not None:
        states = {assets[pk].symbol: state.resumed(restart) for pk, state in before.items()}
    made = list(_made(portfolio, assets.values(), wanted, now, by_location=rules.by_location))
    choices = choices_of(portfolio, frozenset())
    found = replay(portfolio, [*rows, *made], set(wanted), states, rules=rules, choices=choices)
    return {symbol: _sum(found.replays[symbol].disposals) for symbol in wanted}


def _made(
    portfolio: Portfolio,
    assets: Iterable[Asset],
    wanted: dict[str, Sale],
    now: datetime,
    *,
    by_location: bool,
) -> Iterator[Transaction]:
    """The sales as transactions that are never stored."""
    key = _FIRST_KEY
    for asset in assets:
        sale = wanted[asset.symbol]
        left = sale.quantity
        for location, held in _places(portfolio, asset) if by_location else [("", left)]:
            quantity = min(left, held)
            if quantity <= 0:
                continue
            left, key = left - quantity, key + 1
            yield Transaction(
                pk=key,
                portfolio=portfolio,
                type=TransactionType.SELL,
                asset=asset,
                quantity=quantity,
                price=sale.price,
                currency=portfolio.base_currency,
                fee=sale.fee * quantity / sale.quantity,
                executed_at=now,
                location=location,
            )


def _places(portfolio: Portfolio, asset: Asset) -> list[tuple[str, Decimal]]:
    rows = Lot.objects.filter(portfolio=portfolio, asset=asset, remaining__gt=0).order_by()
    found = rows.values_list("location").annotate(held=Sum("remaining"))
    return sorted(found, key=lambda place: (-place[1], place[0]))


def _sum(disposals: Iterable[Disposal]) -> Realised:
    mine = [one for one in disposals if one.key > _FIRST_KEY]
    return Realised(
        basis=sum((one.basis for one in mine), ZERO),
        proceeds=sum((one.proceeds for one in mine), ZERO),
        gain=sum((one.gain for one in mine), ZERO),
        assumed=any(one.lot.assumed or one.lot.missing for one in mine),
    )
