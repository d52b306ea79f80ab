"""What the ledger would refuse of a file, row by row, before anything is written.

Every field is checked as when a person types it, every price that is needed looked up, and the
units walked through in the order of time together with what is there: a row that takes more than is
held is told and left out, so that one missing deposit does not hide the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from markets.models import Asset
from portfolios.entries import Entry, NoMarkError, entries, symbols_of
from portfolios.ledger.reading import transactions_of
from portfolios.ledger.replaying import marks_for
from portfolios.lots import ZERO, Event, Kind
from portfolios.models import BasisScope, Portfolio, Transaction, TransactionType
from portfolios.services import cleaning
from portfolios.services.content import describe, plain
from portfolios.services.drafts import Drafts

#: Rows that are not stored come after those that are, where times are equal.
_FIRST = 10**15
_COMES_IN = {Kind.ACQUIRE, Kind.REWARD, Kind.DEPOSIT}
_ITSELF_A_FEE = {TransactionType.FEE, TransactionType.INTEREST}


class Complaint(NamedTuple):
    """`field` of the content at `place` is wrong."""

    place: int
    field: str
    message: str


class Checked(NamedTuple):
    """What is wrong, and the places of contents that take more than is held and may."""

    complaints: list[Complaint]
    short: list[int]


def check(
    portfolio: Portfolio, contents: Sequence[dict[str, Any]], *, unmatched: bool = False
) -> Checked:
    """All complaints about these contents, were they added to the portfolio together.

    `unmatched`: what is short is taken for units without a basis instead of a mistake.
    """
    rows, complaints = _cleaned(portfolio, contents)
    if not rows:
        return Checked(complaints, [])
    symbols: set[str] = set()
    for row in rows:
        symbols |= symbols_of(row, track_cash=portfolio.track_cash)
    assets = {asset.pk: asset for asset in Asset.objects.filter(symbol__in=symbols)}
    stored = list(transactions_of(portfolio, assets, None))
    found, unpriced = _entries(portfolio, rows)
    there, _ = _entries(portfolio, stored)
    known = {row.pk: row for row in [*stored, *rows]}
    walk = _Walk(known, by_place=_by_place(portfolio), accepts=unmatched)
    walk.over(entry for entry in [*there, *found] if entry.symbol in symbols)
    short = sorted(key - _FIRST for key in walk.short)
    return Checked([*complaints, *unpriced, *walk.complaints], short)


def _by_place(portfolio: Portfolio) -> bool:
    return bool(portfolio.basis_scope == BasisScope.LOCATION)


def _cleaned(
    portfolio: Portfolio, contents: Sequence[dict[str, Any]]
) -> tuple[list[Transaction], list[Complaint]]:
    rows, complaints = [], []
    known = cleaning.Known()
    drafts = Drafts(portfolio)
    for index, content in enumerate(contents):
        row = drafts.new(_FIRST + index)
        try:
            rows.append(cleaning.transaction(dict(content), row, known))
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                complaints.append(Complaint(index, name, messages[0]))
    return rows, complaints


def _entries(portfolio: Portfolio, rows: list[Transaction]) -> tuple[list[Entry], list[Complaint]]:
    """The events of the rows; rows whose price nobody knows, or whose fee is above their worth."""
    marks = marks_for(portfolio, rows)
    found: list[Entry] = []
    complaints = []
    for row in rows:
        try:
            told = list(entries(portfolio, [row], marks))
        except NoMarkError as error:
            complaints.append(Complaint(row.pk - _FIRST, error.field, error.message))
            continue
        found += told
        if row.fee and row.type in cleaning.TOO_DEAR and told[0].event.money < 0:
            words = cleaning.TOO_DEAR[row.type]
            complaints.append(Complaint(row.pk - _FIRST, "fee", words))
    return found, complaints


@dataclass
class _Walk:
    """Balances through time, by asset (and place, where lots belong to places)."""

    rows: dict[int, Transaction]
    by_place: bool
    accepts: bool
    complaints: list[Complaint] = field(default_factory=list)
    short: set[int] = field(default_factory=set)
    _held: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    _done: dict[int, list[tuple[tuple[str, str], Decimal]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _out: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    _left_out: set[int] = field(default_factory=set)

    def over(self, found: Iterable[Entry]) -> None:
        for entry in sorted(found, key=lambda entry: entry.event.order):
            if entry.event.key in self._left_out:
                continue
            for place, change in self._changes(entry):
                self._apply(entry, place, change)

    def _changes(self, entry: Entry) -> Iterator[tuple[tuple[str, str], Decimal]]:
        event = entry.event
        here = (entry.symbol, event.location if self.by_place else "")
        if event.kind in _COMES_IN:
            yield here, event.quantity
        elif event.kind is Kind.MOVE:
            yield here, -event.quantity
            yield (entry.symbol, event.to_location if self.by_place else ""), event.quantity
        else:
            yield here, -event.quantity

    def _apply(self, entry: Entry, place: tuple[str, str], change: Decimal) -> None:
        event = entry.event
        if event.key in self._left_out:
            return
        if self._held[place] + change < 0:
            if self._may_be_short(event):
                change = -self._held[place]
            elif not self._make_room(event, place, change):
                return
        self._held[place] += change
        if event.key >= _FIRST:
            self._done[event.key].append((place, change))
            if change < 0:
                self._out[place].append(event.key)

    def _may_be_short(self, event: Event) -> bool:
        if event.key >= _FIRST and self.accepts and event.kind is not Kind.MOVE:
            self.short.add(event.key)
        return event.unmatched or event.key in self.short

    def _make_room(self, event: Event, place: tuple[str, str], change: Decimal) -> bool:
        """More leaves than is held: leave the new row out, or the new ones before a stored one."""
        row = self.rows[event.key]
        if event.key >= _FIRST:
            self._leave_out(event.key, *_short(row, event, place[0], self._held[place]))
            return False
        while self._held[place] + change < 0 and self._out[place]:
            blamed = self._out[place].pop()
            if blamed not in self._left_out:
                words = f"Then this would be impossible: {describe(row)}."
                self._leave_out(blamed, "quantity", words)
        self._held[place] = max(self._held[place], -change)
        return True

    def _leave_out(self, key: int, name: str, message: str) -> None:
        self._left_out.add(key)
        for place, change in self._done.pop(key, []):
            self._held[place] -= change
        self.complaints.append(Complaint(key - _FIRST, name, message))


def _short(row: Transaction, event: Event, symbol: str, held: Decimal) -> tuple[str, str]:
    message = f"Only {plain(max(held, ZERO))} {symbol} is held at {event.at:%Y-%m-%d %H:%M} UTC."
    if event.kind is Kind.SPEND and row.type not in _ITSELF_A_FEE:
        return "fee", f"The fee is {plain(event.quantity)} {symbol}. {message}"
    if symbol != row.asset.symbol:
        message = f"This costs {plain(event.quantity)} {symbol}. {message}"
    return "quantity", message
