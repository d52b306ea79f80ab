"""How far a portfolio is from its targets, and the trades that would bring it back."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from markets.models import Asset
from portfolios.ledger.preview import Realised, Sale, realised_by
from portfolios.lots import ZERO
from portfolios.marks import now_in_base, price_venue, same_money
from portfolios.models import Portfolio, Target
from portfolios.rebalance import Plan, Purse, Slot, Terms, Trade, plan
from portfolios.selectors.book import Book, book

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Weight:
    """An asset and its place. `target` None: it has none. `drift` = weight - target; `drifts`: by
    more than the tolerance. Without a price `value`, `weight` and `drift` are None.
    """

    symbol: str
    name: str
    quantity: Decimal
    price: Decimal | None
    value: Decimal | None
    weight: Decimal | None
    target: Decimal | None
    drift: Decimal | None
    drifts: bool
    is_cash: bool


@dataclass(frozen=True, slots=True)
class Rest:
    """All that has no target, together; its target is what the others leave of 1."""

    value: Decimal
    weight: Decimal
    target: Decimal
    drift: Decimal
    drifts: bool


@dataclass(frozen=True)
class Allocation:
    """Weights against targets. `drift` is the part of the value that lies in the wrong place (half
    the sum of all drifts, between 0 and 1); `missing` has no price and is in no figure.
    """

    portfolio: Portfolio
    total: Decimal
    targets: list[Weight]
    others: list[Weight]
    rest: Rest
    drift: Decimal
    missing: list[str] = field(default_factory=list)

    @property
    def drifts(self) -> bool:
        return self.rest.drifts or any(one.drifts for one in self.targets)

    @property
    def tolerance(self) -> Decimal:
        return Decimal(str(self.portfolio.drift_tolerance))


@dataclass(frozen=True)
class ProposedTrade:
    """A trade and, for a sale, what it would realise by the portfolio's own method."""

    trade: Trade
    realised: Realised | None


@dataclass(frozen=True)
class Proposal:
    """The fewest trades that restore the targets. Nobody trades: this is a list."""

    allocation: Allocation
    terms: Terms
    plan: Plan
    trades: list[ProposedTrade]
    after: dict[str, Decimal]
    rest_after: Decimal

    @property
    def gain(self) -> Decimal:
        return sum((one.realised.gain for one in self.trades if one.realised), ZERO)

    @property
    def mode(self) -> str:
        return "trade" if self.terms.may_sell else "buy"

    @property
    def outside(self) -> list[str]:
        """Assets that stay outside their bands; "" is what has no target."""
        return list(self.plan.outside)


def allocation(portfolio: Portfolio, held: Book | None = None) -> Allocation:
    """Where the value of a portfolio is and where it should be, at the newest prices."""
    held = held or book(portfolio)
    wanted = _wanted(portfolio)
    positions = {position.symbol: position for position in held.positions}
    absent = [symbol for symbol in wanted if symbol not in positions]
    prices = now_in_base(absent, portfolio.base_currency, price_venue(portfolio))
    total = sum((one.value for one in held.positions if one.value), ZERO)
    tolerance = Decimal(str(portfolio.drift_tolerance))
    rows: list[Weight] = []
    names = dict(Asset.objects.filter(symbol__in=absent).values_list("symbol", "name"))
    for symbol in [*wanted, *(one for one in positions if one not in wanted)]:
        position = positions.get(symbol)
        price = position.price if position else prices.get(symbol)
        value = position.value if position else (None if price is None else ZERO)
        target = wanted.get(symbol)
        weight = None if value is None else (value / total if total else ZERO)
        drift = None if weight is None or target is None else weight - target
        rows.append(
            Weight(
                symbol=symbol,
                name=position.name if position else names.get(symbol, ""),
                quantity=position.quantity if position else ZERO,
                price=price,
                value=value,
                weight=weight,
                target=target,
                drift=drift,
                drifts=bool(total) and drift is not None and abs(drift) > tolerance,
                is_cash=same_money(symbol, portfolio.base_currency),
            )
        )
    return _added_up(portfolio, rows, total, tolerance)


def _wanted(portfolio: Portfolio) -> dict[str, Decimal]:
    rows = Target.objects.filter(portfolio=portfolio).select_related("asset")
    return {row.asset.symbol: row.weight for row in rows}


def _added_up(
    portfolio: Portfolio, rows: list[Weight], total: Decimal, tolerance: Decimal
) -> Allocation:
    targets = [one for one in rows if one.target is not None]
    others = [one for one in rows if one.target is None]
    value = sum((one.value for one in others if one.value), ZERO)
    weight = value / total if total else ZERO
    target = ONE - sum((one.target for one in targets if one.target), ZERO)
    drift = weight - target if total else ZERO
    rest = Rest(value, weight, target, drift, bool(targets) and abs(drift) > tolerance)
    away = sum((abs(one.drift) for one in targets if one.drift is not None), abs(drift))
    return Allocation(
        portfolio=portfolio,
        total=total,
        targets=targets,
        others=others,
        rest=rest,
        drift=away / 2 if total and targets else ZERO,
        missing=[one.symbol for one in rows if one.price is None],
    )


def proposal(seen: Allocation, *, new_money: Decimal = ZERO, may_sell: bool = True) -> Proposal:
    """The trades for an allocation in which every target has a price."""
    portfolio = seen.portfolio
    terms = Terms(
        tolerance=seen.tolerance,
        minimum=portfolio.minimum_order,
        fee=Decimal(str(portfolio.trade_fee)),
        new_money=new_money,
        may_sell=may_sell,
    )
    slots = [
        Slot(one.symbol, one.quantity, one.price, one.target)
        for one in seen.targets
        if not one.is_cash and one.price is not None and one.target is not None
    ]
    purse, others = _purse(seen)
    found = plan(slots, purse, terms, others)
    sales = [
        Sale(trade.symbol, trade.quantity, trade.price, trade.fee)
        for trade in found.trades
        if not trade.is_buy
    ]
    realised = realised_by(portfolio, sales)
    return Proposal(
        allocation=seen,
        terms=terms,
        plan=found,
        trades=[ProposedTrade(trade, realised.get(trade.symbol)) for trade in found.trades],
        **_after(seen, found, others),
    )


def _purse(seen: Allocation) -> tuple[Purse, Decimal]:
    """Cash that has a target is the purse by itself; else it is all that has none."""
    cash = [one for one in seen.targets if one.is_cash]
    if cash:
        value = sum((one.value for one in cash if one.value), ZERO)
        target = sum((one.target for one in cash if one.target), ZERO)
        return Purse(value, value, target), seen.rest.value
    spendable = sum((one.value for one in seen.others if one.is_cash and one.value), ZERO)
    return Purse(seen.rest.value, spendable, seen.rest.target), ZERO


def _after(seen: Allocation, found: Plan, others: Decimal) -> dict[str, Any]:
    total = found.total or ONE
    after = {symbol: value / total for symbol, value in found.values.items()}
    cash = [one for one in seen.targets if one.is_cash]
    if not cash:
        return {"after": after, "rest_after": found.purse / total}
    before = sum((one.value for one in cash if one.value), ZERO)
    wanted = sum((one.target for one in cash if one.target), ZERO)
    for one in cash:  # several dollars of one kind keep their parts of the cash
        part = (one.value or ZERO) / before if before else (one.target or ZERO) / (wanted or ONE)
        after[one.symbol] = part * found.purse / total
    return {"after": after, "rest_after": others / total}
