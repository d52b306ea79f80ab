"""What is held now and what it is worth, for one portfolio or several together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, localcontext

from markets.models import Asset, Venue
from markets.selectors import Quote
from portfolios.lots import PRECISE, UNIT, ZERO
from portfolios.marks import in_base, is_dollar, price_venues, quoted, same_money
from portfolios.models import Holding, Portfolio


@dataclass(frozen=True, slots=True)
class Position:
    """One asset of a book; money in the book's base currency, shares and changes as fractions.

    `price`, `value` and what follows from them are None when no price is known.
    """

    symbol: str
    name: str
    kind: str
    quantity: Decimal
    cost: Decimal
    average_price: Decimal | None
    price: Decimal | None
    value: Decimal | None
    share: float | None
    unrealised: Decimal | None
    unrealised_pct: float | None
    realised: Decimal
    rewards: Decimal
    fees: Decimal
    change_24h: float | None
    price_time: datetime | None
    is_stale: bool
    venue: str | None


@dataclass(frozen=True, slots=True)
class Book:
    """Positions by value. `value` sums what is priced; None when something is held and nothing
    of it is priced. `missing` names what is not in the sum, `stale` what has an old price.
    """

    base: str
    value: Decimal | None
    cost: Decimal
    unrealised: Decimal | None
    unrealised_pct: float | None
    realised: Decimal
    rewards: Decimal
    fees: Decimal
    change_24h: Decimal | None
    change_24h_pct: float | None
    positions: list[Position]
    missing: list[str]
    stale: list[str]
    as_of: datetime
    venue: str | None
    is_simulated: bool

    @property
    def profit(self) -> Decimal | None:
        """Since the start: on what is held, by sales, as income; None where nothing is priced."""
        if self.unrealised is None:
            return None
        return self.unrealised + self.realised + self.rewards


@dataclass(slots=True)
class _Sum:
    """What portfolios hold of one asset at one venue, in the book's base."""

    asset: Asset
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    rewards: Decimal = ZERO
    fees: Decimal = ZERO
    value: Decimal | None = ZERO
    before: Decimal | None = ZERO
    change: float | None = None
    time: datetime | None = None
    stale: bool = False
    prices: set[Decimal] = field(default_factory=set)
    venues: set[str] = field(default_factory=set)


def book(portfolio: Portfolio) -> Book:
    """The portfolio in its own base currency."""
    return combined_book([portfolio], portfolio.base_currency)


def combined_book(
    portfolios: Iterable[Portfolio], base: str, venues: Mapping[int, Venue | None] | None = None
) -> Book:
    """Several portfolios of one owner as one book in `base`.

    Costs in another base are converted at the newest rate; a portfolio whose base has no rate is
    left out and named in `missing`. Each portfolio keeps the prices of its
    own venue; a price shown for an asset priced at two venues is their mean by units.
    """
    return books({0: list(portfolios)}, {0: base}, venues)[0]


def books(
    groups: Mapping[int, list[Portfolio]],
    bases: Mapping[int, str],
    venues: Mapping[int, Venue | None] | None = None,
) -> dict[int, Book]:
    """Many books in a fixed number of queries: one for holdings, one for prices per venue.

    `venues`: `price_venues` of all, where the caller has asked for them already.
    """
    everyone = {p.pk: p for group in groups.values() for p in group}
    venues = price_venues(everyone.values()) if venues is None else venues
    held: dict[int, list[Holding]] = defaultdict(list)
    rows = Holding.objects.filter(portfolio__in=everyone.keys()).select_related("asset")
    for holding in rows.order_by("asset__symbol"):
        held[holding.portfolio_id].append(holding)
    quotes = _quotes(everyone, venues, held, set(bases.values()))
    return {key: _book(group, bases[key], venues, held, quotes) for key, group in groups.items()}


Quotes = dict[int | None, dict[str, Quote]]


def _quotes(
    everyone: Mapping[int, Portfolio],
    venues: Mapping[int, Venue | None],
    held: Mapping[int, list[Holding]],
    bases: set[str],
) -> Quotes:
    """Dollar quotes by venue of all that is held there and of all currencies needed."""
    wanted: dict[int | None, set[str]] = defaultdict(set)
    by_key = {venue.pk if venue else None: venue for venue in venues.values()}
    for pk, portfolio in everyone.items():
        symbols = wanted[_key(venues[pk])]
        symbols |= bases | {portfolio.base_currency}
        symbols |= {holding.asset.symbol for holding in held[pk] if holding.quantity}
    return {key: quoted(symbols, "USD", by_key[key]) for key, symbols in wanted.items()}


def _key(venue: Venue | None) -> int | None:
    return venue.pk if venue is not None else None


def _book(
    group: list[Portfolio],
    base: str,
    venues: Mapping[int, Venue | None],
    held: Mapping[int, list[Holding]],
    quotes: Quotes,
) -> Book:
    sums: dict[str, _Sum] = {}
    left_out: list[str] = []
    with localcontext(PRECISE):
        for portfolio in group:
            venue = venues[portfolio.pk]
            known = quotes[_key(venue)]
            rate = _rate(portfolio.base_currency, base, known)
            if rate is None:
                left_out.append(f"{portfolio.name} ({portfolio.base_currency})")
                continue
            for holding in held[portfolio.pk]:
                total = sums.setdefault(holding.asset.symbol, _Sum(holding.asset))
                _add(total, holding, rate)
                if holding.quantity:
                    _mark(total, holding, base, known, venue)
        used = {venue for p in group if (venue := venues[p.pk]) is not None}
        return _close(sums, base, used, left_out)


def _rate(currency: str, base: str, quotes: Mapping[str, Quote]) -> Decimal | None:
    """Units of `base` for one of `currency`; None when no rate is known."""
    if same_money(currency, base):
        return Decimal(1)
    if is_dollar(currency):
        return in_base(Decimal(1), base, quotes)
    return in_base(quotes[currency].price, base, quotes) if currency in quotes else None


def _add(total: _Sum, holding: Holding, rate: Decimal) -> None:
    total.quantity += holding.quantity
    for name in ("cost", "realised", "rewards", "fees"):
        setattr(total, name, getattr(total, name) + getattr(holding, name) * rate)


def _mark(
    total: _Sum, holding: Holding, base: str, quotes: Mapping[str, Quote], venue: Venue | None
) -> None:
    """Add the value of the units at this venue's price, and what it was a day ago."""
    symbol = holding.asset.symbol
    quote = quotes.get(symbol)
    price = Decimal(1) if same_money(symbol, base) else quote and in_base(quote.price, base, quotes)
    if not price:
        total.value = total.before = None
        return
    if total.value is not None:
        total.value += holding.quantity * price
    change = 0.0 if same_money(symbol, base) else _change(quote, base, quotes)
    if change is None or change <= -1:
        total.before = None
    elif total.before is not None:
        total.before += holding.quantity * price / Decimal(1 + change)
    total.change = change
    total.prices.add(price)
    if quote is not None and not same_money(symbol, base):
        total.time = min(total.time or quote.time, quote.time)
        total.stale = total.stale or quote.is_stale
    if venue is not None:
        total.venues.add(venue.slug)


def _change(quote: Quote | None, base: str, quotes: Mapping[str, Quote]) -> float | None:
    """The change of the price over 24 hours in `base`, as a fraction."""
    if quote is None or quote.change_24h is None:
        return None
    if is_dollar(base):
        return quote.change_24h
    of_base = quotes[base].change_24h
    return None if of_base is None else (1 + quote.change_24h) / (1 + of_base) - 1


def _close(sums: Mapping[str, _Sum], base: str, venues: set[Venue], left_out: list[str]) -> Book:
    held = {symbol: total for symbol, total in sums.items() if total.quantity}
    priced = [total.value for total in held.values() if total.value is not None]
    value = sum(priced, ZERO).quantize(UNIT) if priced or not held else None
    positions = [_position(total, value) for total in held.values()]
    positions.sort(key=lambda p: (p.value is None, -(p.value or ZERO), p.symbol))
    gains = [p.unrealised for p in positions if p.unrealised is not None]
    unrealised = sum(gains, ZERO) if value is not None else None
    cost_of_priced = sum((p.cost for p in positions if p.value is not None), ZERO)
    change, change_pct = _moved(held.values())
    return Book(
        base=base,
        value=value,
        cost=sum((p.cost for p in positions), ZERO),
        unrealised=unrealised,
        unrealised_pct=_fraction(unrealised, cost_of_priced),
        realised=_total(sums, "realised"),
        rewards=_total(sums, "rewards"),
        fees=_total(sums, "fees"),
        change_24h=change,
        change_24h_pct=change_pct,
        positions=positions,
        missing=[p.symbol for p in positions if p.value is None] + left_out,
        stale=[p.symbol for p in positions if p.is_stale],
        as_of=datetime.now(UTC),
        venue=", ".join(sorted(venue.name for venue in venues)) or None,
        is_simulated=any(venue.is_simulated for venue in venues),
    )


def _total(sums: Mapping[str, _Sum], name: str) -> Decimal:
    """Over everything ever held: what was sold out has a realised gain too."""
    return sum((Decimal(getattr(s, name)) for s in sums.values()), ZERO).quantize(UNIT)


def _moved(held: Iterable[_Sum]) -> tuple[Decimal | None, float | None]:
    """Change of the priced value over 24 hours at today's quantities: money, fraction."""
    pairs = [(s.value, s.before) for s in held if s.value is not None and s.before is not None]
    if not pairs:
        return None, None
    change = sum((value - before for value, before in pairs), ZERO).quantize(UNIT)
    return change, _fraction(change, sum((before for _, before in pairs), ZERO))


def _fraction(part: Decimal | None, whole: Decimal) -> float | None:
    return float(part / whole) if part is not None and whole > 0 else None


def _position(total: _Sum, whole: Decimal | None) -> Position:
    value = None if total.value is None else total.value.quantize(UNIT)
    cost = total.cost.quantize(UNIT)
    unrealised = None if value is None else value - cost
    return Position(
        symbol=total.asset.symbol,
        name=total.asset.name or total.asset.symbol,
        kind=total.asset.kind,
        quantity=total.quantity,
        cost=cost,
        average_price=(cost / total.quantity).quantize(UNIT),
        price=_price(total, value),
        value=value,
        share=_fraction(value, whole or ZERO),
        unrealised=unrealised,
        unrealised_pct=_fraction(unrealised, cost),
        realised=total.realised.quantize(UNIT),
        rewards=total.rewards.quantize(UNIT),
        fees=total.fees.quantize(UNIT),
        change_24h=total.change,
        price_time=total.time,
        is_stale=total.stale,
        venue=", ".join(sorted(total.venues)) or None,
    )


def _price(total: _Sum, value: Decimal | None) -> Decimal | None:
    """The one price, or the mean by units where two venues have two."""
    if value is None:
        return None
    if len(total.prices) == 1:
        return next(iter(total.prices))
    return (value / total.quantity).quantize(UNIT)
