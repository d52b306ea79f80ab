"""Units behind an exposure: what can be sold, at what price, and what a sale would realise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from django.db.models import Sum

from markets.models import Asset
from markets.selectors import convert_rate
from portfolios import lots
from portfolios.models import Holding, Portfolio
from portfolios.selectors import Sale, price_venue, realised_by
from risk.selectors.exposure import Exposure
from risk.what_if import ZERO, Position


@dataclass(frozen=True)
class Gain:
    """What a sale realises in the base asked for; None where no rate is known. `assumed`:
    part of the cost is a day's close, because nobody said what was paid.
    """

    amount: Decimal | None
    assumed: bool


def positions_of(portfolios: Sequence[Portfolio], held: Exposure) -> list[Position]:
    """What is held with a price, in the order of value; the price is value / units."""
    taken = [one.pk for one in portfolios if price_venue(one) == held.venue]
    units = _units(taken)
    return [
        Position(one.symbol, one.kind, units[one.symbol], one.value / units[one.symbol])
        for one in held.held
        if units.get(one.symbol)
    ]


def _units(portfolio_ids: Iterable[int]) -> dict[str, Decimal]:
    rows = Holding.objects.filter(portfolio__in=portfolio_ids, quantity__gt=0)
    sums = rows.order_by().values_list("asset__symbol").annotate(units=Sum("quantity"))
    return dict(sums)


def holders(portfolios: Iterable[Portfolio], symbol: str) -> list[tuple[Portfolio, Decimal]]:
    """Which of them hold an asset, and how much of it; the one with the most first."""
    by_id = {one.pk: one for one in portfolios}
    rows = Holding.objects.filter(portfolio__in=by_id, asset__symbol=symbol, quantity__gt=0)
    return [
        (by_id[pk], quantity)
        for pk, quantity in rows.order_by("-quantity").values_list("portfolio_id", "quantity")
    ]


def offered(symbols: Iterable[str], held: Exposure) -> dict[str, Position]:
    """Assets that are not held, with nothing of them, where a price is known at the venue."""
    found = {}
    for asset in Asset.objects.filter(symbol__in=list(symbols)):
        price = convert_rate(asset.symbol, held.base, None, held.venue)
        if price:
            found[asset.symbol] = Position(asset.symbol, asset.kind, ZERO, price)
    return found


def gain_of(
    portfolio: Portfolio, symbol: str, quantity: Decimal, proceeds: Decimal, base: str
) -> Gain:
    """Of selling so many units for `proceeds` (in `base`, fee off), by the portfolio's method."""
    rate = convert_rate(base, portfolio.base_currency, None, price_venue(portfolio))
    back = convert_rate(portfolio.base_currency, base, None, price_venue(portfolio))
    if rate is None or back is None:
        return Gain(None, assumed=False)
    with localcontext(lots.PRECISE):
        sale = Sale(symbol, quantity, proceeds * rate / quantity)
        found = realised_by(portfolio, [sale])[symbol]
        return Gain((found.gain * back).quantize(lots.UNIT), assumed=found.assumed)
