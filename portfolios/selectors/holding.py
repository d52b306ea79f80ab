"""One asset in one portfolio: what is held, the lots it lies in, and what became of those sold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncDate

from markets.models import Asset
from markets.selectors import daily_closes
from portfolios.lots import PRECISE, UNIT, ZERO
from portfolios.marks import price_venue
from portfolios.models import Disposal, Holding, Lot, MatchRule, Portfolio, Transaction
from portfolios.selectors.access import lots_for, transactions_for
from portfolios.selectors.book import Book, Position, book

if TYPE_CHECKING:
    from accounts.models import User

#: Lots, and sales with their lots, that a page shows before it is asked for more.
LOTS, SALES = 50, 15
OUT, IN = "out", "in"


@dataclass(frozen=True)
class Held:
    """`position` is None when nothing is left; the figures of what was held stay in `holding`."""

    asset: Asset
    book: Book
    position: Position | None
    holding: Holding

    @property
    def unrealised(self) -> Decimal | None:
        """None: there is no price."""
        return ZERO if self.position is None else self.position.unrealised

    @property
    def profit(self) -> Decimal | None:
        """Everything that the asset brought so far: on what is held, by sales, as income."""
        if self.unrealised is None:
            return None
        return self.unrealised + self.holding.realised + self.holding.rewards


def held(portfolio: Portfolio, symbol: str) -> Held | None:
    """None: this portfolio never held the asset."""
    rows = Holding.objects.filter(portfolio=portfolio, asset__symbol=symbol)
    holding = rows.select_related("asset").first()
    if holding is None:
        return None
    found = book(portfolio)
    position = next((p for p in found.positions if p.symbol == symbol), None)
    return Held(holding.asset, found, position, holding)


@dataclass(frozen=True)
class OpenLot:
    """What is left of a lot; `value` and `gain` are None without a price."""

    lot: Lot
    days: int
    value: Decimal | None
    gain: Decimal | None
    per_unit: Decimal | None

    @property
    def doubt(self) -> str:
        """Whether somebody entered what it cost: "", "assumed" or "missing"."""
        return "missing" if self.lot.basis_missing else "assumed" if self.lot.basis_assumed else ""


def open_lots(user: User, portfolio: Portfolio, of: Held, most: int | None = LOTS) -> list[OpenLot]:
    """Oldest first, at most `most` of them (None: all)."""
    rows = _lots(user, portfolio, of).select_related("opened_by", "moved_by")
    price = None if of.position is None else of.position.price
    return [_open(lot, price) for lot in rows[:most]]


def lot_count(user: User, portfolio: Portfolio, of: Held) -> int:
    return _lots(user, portfolio, of).count()


def _lots(user: User, portfolio: Portfolio, of: Held) -> QuerySet[Lot]:
    return lots_for(user).filter(portfolio=portfolio, asset=of.asset, remaining__gt=0)


def _open(lot: Lot, price: Decimal | None) -> OpenLot:
    with localcontext(PRECISE):
        value = None if price is None else (lot.remaining * price).quantize(UNIT)
        per_unit = (lot.basis / lot.remaining).quantize(UNIT)
    gain = None if value is None else value - lot.basis
    return OpenLot(lot, (datetime.now(UTC) - lot.acquired_at).days, value, gain, per_unit)


@dataclass(frozen=True)
class Used:
    """Units of one lot that a transaction took."""

    disposal: Disposal
    days: int


@dataclass(frozen=True)
class Sale:
    """A transaction that took units, and from which lots. `gain` is None where none is realised."""

    transaction: Transaction
    used: list[Used]

    def _sum(self, name: str) -> Decimal:
        return sum((getattr(one.disposal, name) for one in self.used), ZERO)

    @property
    def quantity(self) -> Decimal:
        return self._sum("quantity")

    @property
    def basis(self) -> Decimal:
        return self._sum("basis")

    @property
    def fee(self) -> Decimal:
        return self._sum("fee")

    @property
    def realised(self) -> bool:
        return any(one.disposal.realised for one in self.used)

    @property
    def proceeds(self) -> Decimal | None:
        return self._sum("proceeds") if self.realised else None

    @property
    def gain(self) -> Decimal | None:
        return self._sum("gain") if self.realised else None

    @property
    def rules(self) -> list[str]:
        return list(dict.fromkeys(one.disposal.get_rule_display() for one in self.used))

    @property
    def doubt(self) -> str:
        lots = [one.disposal.lot for one in self.used]
        if any(lot.basis_missing for lot in lots):
            return "missing"
        return "assumed" if any(lot.basis_assumed for lot in lots) else ""


def sales(
    user: User, portfolio: Portfolio, of: Held, *, skip: int = 0, only: int | None = None
) -> list[Sale]:
    """What took units out, the newest first; moves between own places are none."""
    took = _took(portfolio, of)
    ids = took.order_by().values("transaction")
    rows = transactions_for(user).filter(portfolio=portfolio, pk__in=ids)
    if only is not None:
        rows = rows.filter(pk=only)
    shown = list(rows.order_by("-executed_at", "-id")[skip : skip + SALES])
    by_row: dict[int, list[Used]] = defaultdict(list)
    used = took.filter(transaction__in=shown).select_related("lot__opened_by")
    at = {row.pk: row.executed_at for row in shown}
    for disposal in used.order_by("lot__acquired_at", "id"):
        days = (at[disposal.transaction_id] - disposal.lot.acquired_at).days
        by_row[disposal.transaction_id].append(Used(disposal, days))
    return [Sale(row, by_row[row.pk]) for row in shown]


def sale_count(portfolio: Portfolio, of: Held) -> int:
    found = _took(portfolio, of).order_by().aggregate(n=Count("transaction", distinct=True))
    return int(found["n"])


def _took(portfolio: Portfolio, of: Held) -> QuerySet[Disposal]:
    took = Disposal.objects.filter(lot__portfolio=portfolio, lot__asset=of.asset)
    return took.exclude(rule=MatchRule.MOVED)


@dataclass(frozen=True)
class Traded:
    """Units that came in or went out on a UTC day."""

    day: date
    side: str
    quantity: Decimal


def price_line(portfolio: Portfolio, of: Held) -> list[list[Any]]:
    """[day, close in the base currency] from a month before the first lot on; float."""
    first = Lot.objects.filter(portfolio=portfolio, asset=of.asset).order_by("acquired_at").first()
    if first is None:
        return []
    today = datetime.now(UTC).date()
    days = (today - first.acquired_at.date()) // timedelta(days=1) + 31
    symbol, venue = of.asset.symbol, price_venue(portfolio)
    closes = daily_closes([symbol], end=today, days=days, base=portfolio.base_currency, venue=venue)
    values = closes.values[:, 0].tolist()
    return [
        [day.isoformat(), float(f"{value:.8g}")]
        for day, value in zip(closes.days, values, strict=True)
        if value == value  # noqa: PLR0124 - not a number: the day has no close
    ]


def traded(portfolio: Portfolio, of: Held) -> list[Traded]:
    """By day and side, oldest first; moves between own places are none."""
    came = Lot.objects.filter(portfolio=portfolio, asset=of.asset, moved_by=None)
    left = _took(portfolio, of).annotate(at=F("transaction__executed_at"))
    found = [Traded(day, IN, units) for day, units in _by_day(came, "acquired_at")]
    found += [Traded(day, OUT, units) for day, units in _by_day(left, "at")]
    return sorted(found, key=lambda one: (one.day, one.side))


def _by_day(rows: QuerySet[Any], at: str) -> list[tuple[date, Decimal]]:
    dated = rows.order_by().annotate(day=TruncDate(at, tzinfo=UTC))
    return list(dated.values_list("day").annotate(Sum("quantity")))
