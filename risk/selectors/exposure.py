"""What is held at one moment and what it is worth: the weights of the risk series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.core.exceptions import ValidationError

from markets.models import Asset, Venue
from markets.selectors import current_venue, daily_closes, daily_closes_exact, quotes
from portfolios.models import Portfolio
from portfolios.selectors import Book, combined_book, quantities_at


@dataclass(frozen=True)
class Held:
    symbol: str
    kind: str
    value: Decimal


@dataclass(frozen=True)
class Exposure:
    """Positions with a value above zero, the largest first, in `base`.

    `missing` are held without a price, `stale` have an old one; `priced_at` is the oldest time of
    a price that went in.
    """

    base: str
    held: list[Held]
    as_of: datetime
    venue: Venue | None
    benchmark: str
    missing: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    priced_at: datetime | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def value(self) -> Decimal | None:
        """What is priced, in sum; None if something is held and nothing of it has a price."""
        if not self.held and self.missing:
            return None
        return sum((position.value for position in self.held), Decimal(0))

    @property
    def symbols(self) -> list[str]:
        return [position.symbol for position in self.held]


def exposure(
    portfolios: Sequence[Portfolio], base: str, as_of: date | None, book: Book | None = None
) -> Exposure:
    """Of portfolios of one owner, now or at the end of a UTC day.

    Prices of two venues never mix in one figure: of portfolios priced at different venues, those
    at the current venue (else at the first one's) are taken, and the others named in a warning.
    `book`: theirs of this moment in `base`, where the caller has it.
    """
    venue, taken, others = at_one_venue(portfolios)
    if as_of is not None:
        found = _at_end_of(as_of, taken, base, venue)
    elif book is None or others:
        priced = {portfolio.pk: venue for portfolio in taken}
        found = _now(combined_book(taken, base, priced), taken, venue)
    else:
        found = _now(book, taken, venue)
    if others:
        names = ", ".join(portfolio.name for portfolio in others)
        found.warnings.append(f"Priced at another venue and not part of these figures: {names}.")
    return found


def not_to_come(as_of: date | None) -> None:
    """ValidationError for a day that has not come yet."""
    if as_of is not None and as_of > datetime.now(UTC).date():
        raise ValidationError({"as_of": [f"{as_of} has not come yet"]})


def at_one_venue(
    portfolios: Sequence[Portfolio],
) -> tuple[Venue | None, list[Portfolio], list[Portfolio]]:
    """The venue, the portfolios priced there, and the others; there must be a portfolio."""
    current = current_venue()
    venues = {portfolio.pk: portfolio.venue or current for portfolio in portfolios}
    venue = current if current in venues.values() else venues[portfolios[0].pk]
    taken = [portfolio for portfolio in portfolios if venues[portfolio.pk] == venue]
    return venue, taken, [portfolio for portfolio in portfolios if portfolio not in taken]


def one_unit(asset: Asset, as_of: date | None) -> Exposure:
    """One unit of an asset in USD at the current venue, now or at the end of a UTC day."""
    venue, symbol = current_venue(), asset.symbol
    if as_of is None:
        quote = quotes([symbol], venue).get(symbol)
        price, when = (quote.price, quote.time) if quote else (None, datetime.now(UTC))
    else:
        last = _last_close([symbol], as_of, "USD", venue)
        price = daily_closes_exact([symbol], last, last, "USD", venue).get(last, {}).get(symbol)
        when = datetime.combine(last, time.max, tzinfo=UTC)
    return Exposure(
        base="USD",
        held=[] if price is None else [Held(symbol, asset.kind, price)],
        as_of=datetime.now(UTC) if as_of is None else when,
        venue=venue,
        benchmark="BTC",
        missing=[symbol] if price is None else [],
        priced_at=None if price is None else when,
    )


def benchmark_of(portfolios: Sequence[Portfolio]) -> str:
    """The one they share, else BTC."""
    named = {portfolio.benchmark for portfolio in portfolios}
    return named.pop() if len(named) == 1 else "BTC"


def _now(found: Book, portfolios: Sequence[Portfolio], venue: Venue | None) -> Exposure:
    times = [p.price_time for p in found.positions if p.value and p.price_time is not None]
    return Exposure(
        base=found.base,
        held=[Held(p.symbol, p.kind, p.value) for p in found.positions if p.value],
        as_of=found.as_of,
        venue=venue,
        benchmark=benchmark_of(portfolios),
        missing=list(found.missing),
        stale=list(found.stale),
        priced_at=min(times, default=None),
    )


def _at_end_of(
    day: date, portfolios: Sequence[Portfolio], base: str, venue: Venue | None
) -> Exposure:
    moment = datetime.combine(day, time.max, tzinfo=UTC)
    quantities = _quantities(portfolios, moment)
    last = _last_close(list(quantities), day, base, venue)
    prices = daily_closes_exact(list(quantities), last, last, base, venue).get(last, {})
    prices = {**prices, base: Decimal(1)}
    kinds = dict(Asset.objects.filter(symbol__in=quantities).values_list("symbol", "kind"))
    held = [
        Held(symbol, kinds[symbol], quantity * prices[symbol])
        for symbol, quantity in quantities.items()
        if symbol in prices
    ]
    said = [f"There is no close of {day}: the prices are of {last}."] if last < day else []
    return Exposure(
        base=base,
        held=sorted(held, key=lambda position: (-position.value, position.symbol)),
        as_of=moment,
        venue=venue,
        benchmark=benchmark_of(portfolios),
        missing=sorted(set(quantities) - set(prices)),
        priced_at=datetime.combine(last, time.max, tzinfo=UTC) if held else None,
        warnings=said if quantities else [],
    )


def _quantities(portfolios: Sequence[Portfolio], moment: datetime) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for portfolio in portfolios:
        for symbol, quantity in quantities_at(portfolio, moment).items():
            total[symbol] = total.get(symbol, Decimal(0)) + quantity
    return {symbol: quantity for symbol, quantity in total.items() if quantity > 0}


def _last_close(symbols: list[str], day: date, base: str, venue: Venue | None) -> date:
    """The last closed day up to `day` on which one of them has a close; `day` if none has."""
    closes = daily_closes(symbols, end=day, days=1, base=base, venue=venue)
    return closes.days[-1] if closes.days else day
