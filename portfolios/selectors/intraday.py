"""The last 24 hours in steps of five minutes, from 5-minute candles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

from django.conf import settings

from markets.known import CURRENCIES
from markets.models import Candle, Interval, Venue
from markets.selectors import quotes
from portfolios.lots import PRECISE, UNIT, ZERO
from portfolios.marks import is_dollar, price_venues, same_money
from portfolios.models import Portfolio
from portfolios.selectors.book import combined_book
from portfolios.selectors.positions import changes_since, quantities_at

STEP = timedelta(minutes=5)
SPAN = timedelta(hours=24)
ONE = Decimal(1)
Series = Mapping[datetime, Decimal]


@dataclass(frozen=True, slots=True)
class IntradayPoint:
    """`value` at `time` (aware UTC); None: a price was missing."""

    time: datetime
    value: Decimal | None


def intraday(
    portfolios: Iterable[Portfolio], base: str, now: datetime | None = None
) -> list[IntradayPoint]:
    """Value of the portfolios together in `base` over the last 24 hours; the last point is now.

    A price is the close of the newest 5-minute candle that had ended; quantities are those held
    at the time, so an event shows as a step.
    """
    owned = list(portfolios)
    end = (now or datetime.now(UTC)).astimezone(UTC)
    times = _times(end)
    venues = price_venues(owned)
    units = _units(owned, times)
    totals: list[Decimal | None] = [ZERO] * len(times)
    with localcontext(PRECISE):
        for venue in set(venues.values()):
            here = [p.pk for p in owned if venues[p.pk] == venue]
            _add_up(totals, {pk: units[pk] for pk in here}, _prices(venue, units, times, base))
    points = [
        IntradayPoint(at, None if total is None else total.quantize(UNIT))
        for at, total in zip(times, totals, strict=True)
    ]
    known = combined_book(owned, base)
    return [*points, IntradayPoint(end, None if known.missing else known.value)]


def _times(end: datetime) -> list[datetime]:
    last = end.replace(minute=end.minute - end.minute % 5, second=0, microsecond=0)
    return [last - STEP * n for n in range(int(SPAN / STEP), -1, -1)]


Units = list[dict[str, Decimal]]


def _units(portfolios: list[Portfolio], times: list[datetime]) -> dict[int, Units]:
    """Units held at each time, by portfolio."""
    changes = defaultdict(list)
    for at, pk, symbol, change in changes_since(portfolios, times[0]):
        changes[pk].append((at, symbol, change))
    found: dict[int, Units] = {}
    for portfolio in portfolios:
        held, waiting = quantities_at(portfolio, times[0]), changes[portfolio.pk]
        found[portfolio.pk] = []
        for at in times:
            while waiting and waiting[0][0] <= at:
                _, symbol, change = waiting.pop(0)
                held = {**held, symbol: held.get(symbol, ZERO) + change}
            found[portfolio.pk].append(held)
    return found


def _prices(
    venue: Venue | None, units: Mapping[int, Units], times: list[datetime], base: str
) -> list[dict[str, Decimal]]:
    """Prices in `base` at each time at one venue; symbols without one are absent."""
    symbols = {s for steps in units.values() for held in steps for s, n in held.items() if n}
    closes = _closes(venue, symbols | {base}, times)
    prices: list[dict[str, Decimal]] = []
    traded = {symbol for found in closes.values() for symbol in found}
    last = _daily_rates(venue, (symbols | {base}) - traded)
    for at in times:
        last.update(closes.get(at, {}))
        prices.append(_in_base(last, symbols, base))
    return prices


def _daily_rates(venue: Venue | None, symbols: set[str]) -> dict[str, Decimal]:
    """Currencies that the venue does not trade have one rate a day: it stands all day."""
    wanted = CURRENCIES & symbols
    found = quotes(wanted, venue) if wanted else {}
    own = "" if venue is None else venue.slug
    return {s: quote.price for s, quote in found.items() if quote.venue != own}


def _in_base(dollars: Mapping[str, Decimal], symbols: set[str], base: str) -> dict[str, Decimal]:
    of_base = ONE if is_dollar(base) else dollars.get(base)
    prices = {s: ONE for s in symbols if same_money(s, base)}
    if of_base is None:
        return prices
    for symbol in symbols - prices.keys():
        dollar = ONE if is_dollar(symbol) else dollars.get(symbol)
        if dollar is not None:
            prices[symbol] = dollar / of_base
    return prices


def _closes(
    venue: Venue | None, symbols: set[str], times: list[datetime]
) -> dict[datetime, dict[str, Decimal]]:
    """Dollar closes by the time the candle ended; those of the hour before count for the first."""
    if venue is None:
        return {}
    rows = (
        Candle.objects.filter(
            market__venue=venue,
            market__base__symbol__in=symbols,
            market__quote__symbol__in=settings.USD_EQUIVALENTS,
            interval=Interval.M5,
        )
        .between(times[0] - timedelta(hours=1), times[-1])
        .order_by("open_time")
        .values_list("open_time", "market__base__symbol", "close")
    )
    found: dict[datetime, dict[str, Decimal]] = defaultdict(dict)
    for opened, symbol, close in rows:
        found[max(opened + STEP, times[0])][symbol] = close
    return found


def _add_up(
    totals: list[Decimal | None], units: Mapping[int, Units], prices: list[dict[str, Decimal]]
) -> None:
    for steps in units.values():
        for n, held in enumerate(steps):
            for symbol, quantity in held.items():
                price, total = prices[n].get(symbol), totals[n]
                if quantity and total is not None:
                    totals[n] = None if price is None else total + quantity * price
