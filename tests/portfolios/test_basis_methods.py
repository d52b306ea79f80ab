"""Each method by hand-computed tables: order, moves, elections, shortfalls, restarts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from portfolios.basis import METHODS
from portfolios.basis.rules import BasisRules
from portfolios.lots import Event, Kind, Replay, replay
from tests.portfolios.telling import START, ledger, seen, taken

THREE = "0 b 1 100; 1 b 1 300; 2 b 1 200"
ORDERS = {
    "fifo": ["0: 1 at 100, fifo", "1: 0.5 at 150, fifo"],
    "lifo": ["2: 1 at 200, lifo", "1: 0.5 at 150, lifo"],
    "hifo": ["1: 1 at 300, hifo", "2: 0.5 at 100, hifo"],
    "acb": ["0: 1 at 200, acb", "1: 0.5 at 100, acb"],
    "uk": ["0: 1 at 200, pool", "1: 0.5 at 100, pool"],
    "specific": ["0: 1 at 100, fifo", "1: 0.5 at 150, fifo"],
}


@pytest.mark.parametrize("method", METHODS)
def test_who_goes_first(method: str) -> None:
    got = replay(ledger(f"{THREE}; 90 s 1.5 900"), rules=BasisRules(method))
    assert taken(got) == ORDERS[method]
    assert [d.proceeds for d in got.disposals] == [600, 300]


def test_pieces_of_an_average_share_it_by_their_units() -> None:
    got = replay(ledger("0 b 1 100; 1 b 1 300; 2 b 1 100; 3 s 2.5 0"), rules=BasisRules("acb"))
    third = Decimal("166.666666666666666667")
    assert [d.basis for d in got.disposals] == [third, third, Decimal("83.333333333333333333")]
    assert got.cost == Decimal("83.333333333333333333")


def test_highest_cost_of_equals_the_oldest_and_never_by_a_rounding() -> None:
    rows = "0 b 3 100; 1 b 3 100; 2 s 1 0; 3 s 1 0; 4 s 2 0"
    got = replay(ledger(rows), rules=BasisRules("hifo"))
    assert [d.lot.opened_by for d in got.disposals] == [0, 0, 0, 1]


def test_highest_cost_stays_in_place_when_resumed_with_a_rounded_rest() -> None:
    """200/3 is rounded up, so that two thirds of 200 are a shade less a unit than the whole."""
    found, rules = ledger("0 b 3 200; 1 b 3 200; 2 s 1 0; 3 s 1 0"), BasisRules("hifo")
    before = replay(found[:3], rules=rules)
    got = replay(found[3:], Replay.resumed(before.lots, since=found[3].at), rules=rules)
    assert [d.lot.opened_by for d in got.disposals] == [0]


def test_chosen_lots_go_first_and_the_rest_oldest_first() -> None:
    *bought, sale = ledger(f"{THREE}; 5 s 2 800")
    named = replace(sale, choices=((2, Decimal("0.75")), (1, Decimal("0.25"))))
    got = replay([*bought, named], rules=BasisRules("specific"))
    assert taken(got) == ["2: 0.75 at 150, chosen", "1: 0.25 at 75, chosen", "0: 1 at 100, fifo"]
    assert got.unmet == []
    assert replay([*bought, named]).unmet == [], "other methods do not look at choices"


def test_a_choice_of_more_than_leaves_takes_no_more() -> None:
    *bought, sale = ledger(f"{THREE}; 5 s 0.5 800")
    named = replace(sale, choices=((2, Decimal(1)), (1, Decimal(1))))
    got = replay([*bought, named], rules=BasisRules("specific"))
    assert taken(got) == ["2: 0.5 at 100, chosen"]
    assert got.unmet == []


def test_a_choice_that_is_not_there_is_told() -> None:
    *bought, sale = ledger(f"{THREE}; 5 s 2 800")
    named = replace(sale, choices=((2, Decimal("1.5")),))
    got = replay([*bought, named], rules=BasisRules("specific"))
    assert taken(got) == ["2: 1 at 200, chosen", "0: 1 at 100, fifo"]
    assert [(unmet.event, unmet.missing) for unmet in got.unmet] == [(named, Decimal("0.5"))]


#: letter: realised, fees, rules of the pieces
KINDS = {
    "s": (400, 0, True),
    "w": (0, 0, False),
    "g": (0, 0, False),
    "l": (-100, 0, True),
    "f": (-100, 500, True),
}


@pytest.mark.parametrize("letter", KINDS)
def test_what_leaves(letter: str) -> None:
    got = replay(ledger(f"0 b 2 200; 3 {letter} 1 500"))
    realised, fees, is_realised = KINDS[letter]
    (piece,) = got.disposals
    assert seen(got.realised, got.fees, piece.realised) == (realised, fees, is_realised)
    assert seen(got.quantity, got.cost, piece.basis) == (1, 100, 100)
    assert piece.fee == fees
    assert piece.days_held == 3


def test_what_units_of_unknown_worth_cost_is_the_fee() -> None:
    spent = Event(1, START + timedelta(days=1), Kind.SPEND, Decimal(1))
    got = replay([*ledger("0 b 4 100"), spent])
    assert seen(got.fees, got.disposals[0].fee) == (25, 25)


def test_fee_and_proceeds_are_shared_out_to_the_last_digit() -> None:
    sale = Event(9, START + timedelta(days=9), Kind.SELL, Decimal(3), Decimal(100), Decimal(1))
    got = replay([*ledger(THREE), sale])
    third = Decimal("0.333333333333333333")
    assert [d.fee for d in got.disposals] == [third, Decimal("0.333333333333333334"), third]
    assert sum(d.proceeds for d in got.disposals) == 100
    assert got.fees == 1


# --- United Kingdom -------------------------------------------------------------------------------

UK = {
    # Two sales compete for one purchase: the earlier one has the first call.
    "earlier sale first": (
        "0 b 10 100; 40 s 4 0; 45 s 4 0; 50 b 6 600",
        ["3: 4 at 400, 30_days", "3: 2 at 200, 30_days", "0: 2 at 20, pool"],
    ),
    # Its own day's sale comes before the earlier day's.
    "same day before 30 days": (
        "0 b 10 100; 40 s 4 0; 45 b 6 600; 45.1 s 4 0",
        ["2: 2 at 200, 30_days", "0: 2 at 20, pool", "2: 4 at 400, same_day"],
    ),
    "the 30th day counts": ("0 b 10 100; 40 s 1 0; 70 b 1 99", ["2: 1 at 99, 30_days"]),
    "the 31st does not": ("0 b 10 100; 40 s 1 0; 71 b 1 99", ["0: 1 at 10, pool"]),
    # Late on one day to early on the 31st day after it: less than 31 times 24 hours.
    "dates count, not hours": (
        "0 b 10 100; 40.45 s 1 0; 71.40 b 1 99",
        ["0: 1 at 10, pool"],
    ),
    # Two purchases of one day are one: 300 for 4.
    "a day's purchases are one": (
        "0 b 10 100; 40 b 2 100; 40.1 b 2 200; 40.2 s 2 0",
        ["2: 2 at 150, same_day"],
    ),
    "a reward is an acquisition": ("0 b 10 100; 40 s 1 0; 41 r 1 77", ["2: 1 at 77, 30_days"]),
    "a deposit is none": ("0 b 10 100; 40 s 1 0; 41 d 1 77", ["0: 1 at 10, pool"]),
    "a withdrawal is no disposal": ("0 b 10 100; 40 w 1 0; 41 b 1 77", ["0: 1 at 10, pool"]),
    "a gift is one": ("0 b 10 100; 40 g 1 0; 41 b 1 77", ["2: 1 at 77, 30_days"]),
    # What went away in the morning cannot wait for the evening's sale.
    "a withdrawal between": (
        "0 b 10 10; 0.1 w 10 0; 0.2 s 1 0; 0.15 b 2 14",
        ["0: 10 at 20, pool", "3: 1 at 2, same_day"],
    ),
}


@pytest.mark.parametrize("name", UK)
def test_united_kingdom(name: str) -> None:
    rows, expected = UK[name]
    got = replay(ledger(rows), rules=BasisRules("uk"))
    assert taken(got) == expected


def test_units_kept_for_a_later_sale_leave_with_the_move_that_comes_first() -> None:
    """By location: the morning's purchase goes away and comes back before the evening's sale."""
    rows = "0 b 10 100 A; 0.1 m 10 0 A>B; 0.2 m 5 0 B>A; 0.3 s 5 80 A"
    got = replay(ledger(rows), rules=BasisRules("uk", "location"))
    assert [d.rule for d in got.disposals] == ["moved", "moved", "pool"]
    assert seen(got.realised, got.quantity, got.cost) == (30, 5, 50)


def test_the_last_sale_of_a_year_under_uk_does_not_look_into_another_method() -> None:
    rows = ledger("0 b 10 100; 364 s 1 0; 370 b 1 99")  # 30 December, 5 January
    assert taken(replay(rows, rules=BasisRules("uk"))) == ["2: 1 at 99, 30_days"]
    other = BasisRules("uk", elections={2025: "fifo"})
    assert taken(replay(rows, rules=other)) == ["0: 1 at 10, pool"]


# --- Locations ------------------------------------------------------------------------------------


def test_each_location_sells_its_own() -> None:
    rows = ledger("0 b 1 100 A; 1 b 1 300 B; 5 s 1 500 B")
    assert replay(rows).realised == 400
    got = replay(rows, rules=BasisRules(scope="location"))
    assert taken(got) == ["1: 1 at 300, fifo"]


def test_what_lies_elsewhere_cannot_be_sold_here() -> None:
    rows = ledger("0 b 3 100 A; 1 b 1 300 B; 5 s 2 500 B")
    assert replay(rows).oversold is None
    got = replay(rows, rules=BasisRules(scope="location"))
    assert got.oversold is not None
    assert seen(got.oversold.held, got.oversold.event.key) == (1, 2)


def test_a_transfer_splits_a_lot_and_keeps_date_and_basis() -> None:
    rows = ledger("0 b 3 100 A; 1 b 1 80 B; 5 m 1 0 A>B; 6 s 1.5 150 B")
    got = replay(rows, rules=BasisRules(scope="location"))
    source, here, moved = got.lots
    third = Decimal("33.333333333333333333")
    assert (moved.source, moved.opened_by, moved.moved_by) == (source, 0, 2)
    assert (moved.acquired_at, moved.location) == (source.acquired_at, "B")
    assert seen(moved.quantity, moved.cost) == (1, third)
    assert seen(source.remaining, source.basis) == (2, 100 - third)
    move, first, second = got.disposals
    assert seen(move.rule, move.realised, move.gain, move.lot) == ("moved", False, 0, source)
    # The moved lot is the older one at B, though it came there later.
    assert seen(first.lot, first.quantity, second.lot, second.quantity) == (
        moved,
        1,
        here,
        Decimal("0.5"),
    )
    assert replay(rows).lots[0].remaining == Decimal("1.5"), "the whole portfolio: no split"


def test_a_move_within_one_place_changes_nothing() -> None:
    rows = ledger("0 b 1 100 A; 1 m 5 0 A>A", unmatched=True)
    got = replay(rows, rules=BasisRules(scope="location"))
    assert seen([lot.remaining for lot in got.lots], got.disposals) == ([1], [])


# --- What is short --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_what_is_short_is_a_lot_without_basis(method: str) -> None:
    got = replay(ledger("0 b 1 100; 90 s 3 600", unmatched=True), rules=BasisRules(method))
    own, extra = got.lots
    assert seen(extra.missing, extra.quantity, extra.cost, extra.remaining) == (True, 2, 0, 0)
    assert (extra.opened_by, extra.acquired_at) == (1, START + timedelta(days=90))
    assert [seen(d.lot, d.quantity, d.proceeds) for d in got.disposals] == [
        (own, 1, 200),
        (extra, 2, 400),
    ]
    assert seen(got.quantity, got.cost, got.realised) == (0, 0, 500)


def test_a_transfer_of_what_nobody_brought() -> None:
    rows = ledger("0 m 2 0 A>B; 1 s 2 100 B", unmatched=True)
    got = replay(rows, rules=BasisRules(scope="location"))
    extra, moved = got.lots
    assert (extra.missing, moved.missing, moved.source) == (True, True, extra)
    assert seen(got.quantity, got.cost, got.realised) == (0, 0, 100)
