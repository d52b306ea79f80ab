"""United Kingdom: same day, then the 30 days after, then the Section 104 pool.

TCGA 1992 s. 104-106A as HMRC's Cryptoassets Manual applies them (CRYPTO22250 and following). All
acquisitions of a day count as one and so do its disposals; a day is one of London's, which in
summer begins at 23:00 UTC. A disposal is matched with the acquisitions of its day, then with those
of the next 30 days, the earliest first, where earlier disposals have the first call, and a day's
own disposals come before those of others. What is matched never enters the pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from portfolios.basis.events import ZERO, Event, Kind
from portfolios.basis.pieces import Lot, Piece, Step, part
from portfolios.basis.pool import Pool
from portfolios.basis.shape import Basis

LONDON = ZoneInfo("Europe/London")
SAME_DAY, THIRTY_DAYS, POOL = "same_day", "30_days", "pool"
#: What is matched. Withdrawals and moves are no disposals; a loss is claimed on the pool.
_MATCHED = frozenset({Kind.SELL, Kind.SPEND, Kind.GIVE})
_ACQUIRES = frozenset({Kind.ACQUIRE, Kind.REWARD})


def day_of(at: datetime) -> date:
    """The day that it is in London."""
    return at.astimezone(LONDON).date()


class _Day:
    """What one day acquires and disposes of.

    `own` units wait for the day's own disposals, `free` ones for those of earlier days; `planned`
    are the pieces that its disposals will get, by identity of the event.
    """

    def __init__(self) -> None:
        self.lots: list[Lot] = []
        self.disposals: list[tuple[Event, Decimal]] = []
        self.planned: dict[int, list[Piece]] = {}

    def open(self) -> None:
        # Newest first: what is not matched is then there early, for a move later in the day.
        self.acquired = Pool(self.lots, newest_first=True)
        wanted = sum((quantity for _, quantity in self.disposals), ZERO)
        self.own = min(self.acquired.quantity, wanted)
        self.free = self.acquired.quantity - self.own

    def match(self, window: Sequence[_Day]) -> None:
        for event, quantity in self.disposals:
            same = min(quantity, self.own)
            pieces = self.acquired.take(same, SAME_DAY)
            self.own -= same
            rest = quantity - same
            for later in window:
                if rest and later.free:
                    matched = min(rest, later.free)
                    pieces += later.acquired.take(matched, THIRTY_DAYS)
                    later.free -= matched
                    rest -= matched
            self.planned[id(event)] = pieces


class Uk(Basis):
    value = "uk"
    rule = POOL
    averages = True
    ahead = 30
    zone = LONDON

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        self._pool = Pool(lots)
        self._days: dict[date, _Day] = {}
        self._home: dict[int, _Day] = {}
        self._here: set[int] = set()

    def foresee(self, steps: Sequence[Step]) -> None:
        for event, lot, short in steps:
            if lot is not None and event.kind in _ACQUIRES:
                day = self._days.setdefault(day_of(event.at), _Day())
                day.lots.append(lot)
                self._home[id(lot)] = day
            elif event.kind in _MATCHED:
                day = self._days.setdefault(day_of(event.at), _Day())
                day.disposals.append((event, event.quantity - short))
        for day in self._days.values():
            day.open()
        for day, window in self._windows():
            day.match(window)

    def _windows(self) -> Iterator[tuple[_Day, list[_Day]]]:
        """Each day that disposes of something, with the days after it that it may look at."""
        days = sorted(self._days)
        for number, day in enumerate(days):
            if self._days[day].disposals:
                until = day + timedelta(days=self.ahead)
                later = (d for d in days[number + 1 : number + 1 + self.ahead] if d <= until)
                yield self._days[day], [self._days[d] for d in later]

    def add(self, lot: Lot) -> None:
        home = self._home.get(id(lot))
        if home is None:  # a deposit or what was moved here
            self._pool.add(lot, lot.remaining, lot.basis)
            return
        self._here.add(id(lot))
        if lot.remaining:
            self._pool.add(lot, lot.remaining, home.acquired.release(lot.remaining))

    def take(self, event: Event, quantity: Decimal) -> list[Piece]:
        day = self._days.get(day_of(event.at))
        pieces = day.planned.pop(id(event), []) if day else []
        rest = quantity - sum((piece.quantity for piece in pieces), ZERO)
        if not rest:
            return pieces
        if day and rest > self._pool.quantity:
            self._reclaim(day, rest - self._pool.quantity)
        return pieces + self._pool.take(rest, POOL)

    def _reclaim(self, day: _Day, need: Decimal) -> None:
        """Units that a move takes away before the sale that they were kept for.

        They go into the pool, all of which then leaves with that move.
        """
        for pieces in day.planned.values():
            for number, piece in enumerate(pieces):
                if not need or piece.rule != SAME_DAY or id(piece.lot) not in self._here:
                    continue
                back = min(need, piece.quantity)
                basis = part(piece.basis, back, piece.quantity)
                left = piece.quantity - back
                pieces[number] = Piece(piece.lot, left, piece.basis - basis, SAME_DAY)
                piece.lot.remaining += back
                self._pool.add(piece.lot, back, basis)
                need -= back
            pieces[:] = [piece for piece in pieces if piece.quantity]

    def settle(self) -> list[Lot]:
        return self._pool.settle()
