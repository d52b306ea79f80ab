"""[User_ID,]UTC_Time,Account,Operation,Coin,Change,Remark: one leg a row.

The legs of a trade share a second (sometimes they reach into the next). Legs of one coin and sign
are added up: an order filled in parts is one transaction. Two trades of different coins in one
second cannot be told apart and are said to be so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from portfolios.formats import shape
from portfolios.formats.binance.operations import (
    DUST,
    FEES,
    INTERNAL,
    KNOWN,
    NOT_HERE,
    SIMPLE,
    TRADE,
)
from portfolios.formats.numbers import plain
from portfolios.formats.shape import Content, Found, Row, Seen, Settings, Wrong
from portfolios.formats.times import utc
from portfolios.formats.trades import Leg, content, moved, trade, with_fee

NEEDS = (("UTC_Time", "Time"), ("Account",), ("Operation",), ("Coin",), ("Change",))
WHERE = "Binance"


@dataclass(frozen=True, slots=True)
class _Leg:
    row: Row
    at: datetime
    operation: str
    coin: str
    change: Decimal

    @property
    def family(self) -> str:
        """Which operations belong to one trade."""
        return "trade" if self.operation in TRADE | FEES else self.operation


def read(rows: Iterable[Row], settings: Settings) -> Iterator[Found]:
    """Rows in the file's order; a trade stands at its first leg."""
    made: dict[int, Found] = {}
    legs: list[_Leg] = []
    order: list[int] = []
    seen = Seen("binance")
    for row in rows:
        order.append(row.line)
        found = _leg(row)
        if isinstance(found, Found):
            made[row.line] = found
        elif found.operation in SIMPLE:
            made[row.line] = shape.one(row, partial(_simple, found, settings, seen))
        else:
            legs.append(found)
    for group in _groups(legs):
        made |= {found.row.line: found for found in _grouped(group, settings, seen)}
    for line in order:
        yield made[line]


def _leg(row: Row) -> _Leg | Found:
    if row.broken:
        return Found(row, errors=(row.broken,))
    try:
        if row.get("Operation").casefold() in INTERNAL:
            return Found(row, ignored="moves within Binance")
        return _read(row)
    except Wrong as error:
        return Found(row, errors=((error.column, error.message),))


def _read(row: Row) -> _Leg:
    operation = row.get("Operation")
    if row.get("Account").casefold() in NOT_HERE:
        message = "Futures and margin accounts are not read: enter their results by hand."
        raise Wrong("Account", message)
    if operation.casefold() not in KNOWN:
        raise Wrong("Operation", f"“{operation}” is not known.")
    stamp, coin = row.get("UTC_Time", "Time"), row.get("Coin").upper()
    at = utc(f"20{stamp}" if stamp[2:3] == "-" else stamp, "UTC_Time")
    change = plain(row.get("Change"), "Change")
    if not coin:
        raise Wrong("Coin", "Is empty.")
    if not change:
        raise Wrong("Change", "Is zero.")
    return _Leg(row, at, operation.casefold(), coin, change)


def _simple(leg: _Leg, settings: Settings, seen: Seen) -> Content | str:
    """Deposit, withdrawal, reward …: one leg is all of it."""
    kind = SIMPLE[leg.operation]
    if leg.change < 0:
        kind = {"airdrop": "lost", "deposit": "withdrawal"}.get(kind, kind)
    elif kind == "withdrawal":
        kind = "deposit"
    if leg.change < 0 and kind in {"reward", "airdrop"}:
        raise Wrong("Change", "Must be greater than zero.")
    made = moved(kind, Leg(leg.coin, abs(leg.change)), leg.at, WHERE, settings)
    return _named(made, [leg], seen)


def _named(made: Content | str, legs: list[_Leg], seen: Seen) -> Content | str:
    if isinstance(made, str):
        return made
    return {**made, "external_id": seen.id(*(cell for leg in legs for cell in leg.row.raw))}


def _groups(legs: list[_Leg]) -> Iterator[list[_Leg]]:
    """Legs of one second and family, with those of the next where the first are one-sided."""
    by_second: dict[tuple[str, datetime], list[_Leg]] = defaultdict(list)
    for leg in legs:
        by_second[leg.family, leg.at].append(leg)
    taken: set[tuple[str, datetime]] = set()
    for key in sorted(by_second):
        if key in taken:
            continue
        group = by_second[key]
        following = (key[0], key[1] + timedelta(seconds=1))
        if following in by_second and not _two_sided(group):
            group, taken = group + by_second[following], taken | {following}
        yield group


def _two_sided(group: list[_Leg]) -> bool:
    signs = {leg.change > 0 for leg in group if leg.operation not in FEES}
    return len(signs) == 2


def _grouped(group: list[_Leg], settings: Settings, seen: Seen) -> Iterator[Found]:
    if group[0].operation in DUST:
        yield from _dust(group, settings, seen)
        return
    fees = [leg for leg in group if leg.operation in FEES]
    legs = [leg for leg in group if leg.operation not in FEES]
    first = (legs or group)[0]
    yield shape.one(first.row, lambda: _named(_trade(legs, fees, settings), group, seen))
    paid = _sums(fees)
    first_fee = next(iter(paid), "")
    for leg in group:
        if leg is first:
            continue
        if leg in fees and leg.coin != first_fee:  # one transaction has one fee: this is another
            fee = content("fee", Leg(leg.coin, abs(leg.change)), leg.at, WHERE)
            yield shape.one(leg.row, partial(_named, fee, [leg], seen))
        else:
            yield shape.part_of(leg.row, first.row)


def _sums(legs: Iterable[_Leg]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for leg in legs:
        sums[leg.coin] += leg.change
    return sums


def _trade(legs: list[_Leg], fees: list[_Leg], settings: Settings) -> Content | str:
    sums = {coin: change for coin, change in _sums(legs).items() if change}
    given = [Leg(coin, -change) for coin, change in sums.items() if change < 0]
    got = [Leg(coin, change) for coin, change in sums.items() if change > 0]
    if len(given) > 1 or len(got) > 1:
        raise Wrong("UTC_Time", "Several trades in one second cannot be told apart.")
    if not given or not got:
        raise Wrong("Operation", "The other side of this trade is missing.")
    made = trade(given[0], got[0], legs[0].at, WHERE, settings, column="Change")
    paid = [Leg(coin, -change) for coin, change in _sums(fees).items() if change < 0]
    return with_fee(made, paid[0] if paid else None)


def _dust(group: list[_Leg], settings: Settings, seen: Seen) -> Iterator[Found]:
    """Small balances turned into BNB: each is paired with its own BNB, in the file's order."""
    given = [leg for leg in group if leg.change < 0]
    got = [leg for leg in group if leg.change > 0]
    if len(given) != len(got):
        message = "It cannot be told how much each coin brought: enter these by hand."
        yield from (Found(leg.row, errors=(("Change", message),)) for leg in group)
        return
    for out, into in zip(given, got, strict=True):
        yield shape.one(out.row, partial(_pair, out, into, settings, seen))
        yield shape.part_of(into.row, out.row)


def _pair(out: _Leg, into: _Leg, settings: Settings, seen: Seen) -> Content | str:
    sides = Leg(out.coin, -out.change), Leg(into.coin, into.change)
    made = trade(*sides, out.at, WHERE, settings, column="Change")
    return _named(made, [out, into], seen)
