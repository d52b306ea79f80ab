"""Years of different methods, and from where a replay goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from portfolios.basis.rules import BasisRules, Restart
from portfolios.lots import ZERO, Lot, Pledge, Replay, replay
from tests.portfolios.telling import START, ledger, seen, taken


def test_resumed_with_a_purchase_that_an_earlier_sale_has_taken_from() -> None:
    """The sale of day 40 has 4 of the 6 units of day 50: 2 enter the pool, which has 10 for 100."""
    rows, rules = ledger("0 b 10 100; 40 s 4 0; 50 b 6 600; 90 s 1 0"), BasisRules("uk")
    old = Lot(0, START, Decimal(10), Decimal(100), False, Decimal(10), ZERO)
    state = Replay.resumed(
        [old],
        since=START + timedelta(days=45),
        pools={"": Decimal(100)},
        pledged={2: Pledge(Decimal(4), Decimal(400))},
    )
    assert seen(state.quantity, state.cost) == (6, -300)
    got = replay(rows[2:], state, rules=rules)
    assert taken(got) == ["0: 1 at 25, pool"]
    assert seen(got.quantity, got.cost, old.basis, got.lots[0].basis) == (11, 275, 225, 50)


def test_what_an_earlier_sale_has_taken_from_a_later_purchase_is_not_held() -> None:
    rows, rules = ledger("0 b 10 100; 40 s 4 0; 50 b 6 600; 46 s 7 0"), BasisRules("uk")
    old = Lot(0, START, Decimal(10), Decimal(100), False, Decimal(10), ZERO)
    since, pledged = START + timedelta(days=45), {2: Pledge(Decimal(4), Decimal(400))}
    state = Replay.resumed([old], since=since, pools={"": Decimal(100)}, pledged=pledged)
    got = replay(rows[2:], state, rules=rules)
    assert got.oversold is not None
    assert got.oversold.held == 6


YEARS = {
    ("01-01", date(2024, 1, 1)): 2024,
    ("01-01", date(2024, 12, 31)): 2024,
    ("04-06", date(2024, 4, 5)): 2023,
    ("04-06", date(2024, 4, 6)): 2024,
}


@pytest.mark.parametrize(("start", "day"), YEARS)
def test_tax_year(start: str, day: date) -> None:
    year = YEARS[start, day]
    rules = BasisRules("lifo", tax_year_start=start, elections={year: "hifo"})
    at = datetime.combine(day, datetime.min.time(), UTC)
    assert rules.method_at(at) == "hifo"
    assert rules.method_at(at.replace(year=day.year + 1)) == "lifo"


def test_lots_go_on_from_year_to_year_with_what_the_method_left_them() -> None:
    """2024 on average: 150 a unit. 2025 first in: the oldest unit now costs 150, not 100."""
    rows = ledger("0 b 1 100; 1 b 1 200; 2 b 1 150; 300 s 1 0; 400 b 1 500; 401 s 1 0")
    got = replay(rows, rules=BasisRules("fifo", elections={2024: "acb"}))
    assert taken(got) == ["0: 1 at 150, acb", "1: 1 at 150, fifo"]
    assert [lot.basis for lot in got.lots] == [0, 0, 150, 500]


def test_after_an_average_the_highest_cost_goes_by_it() -> None:
    """2024 on average: 200 a unit whatever it was bought for. 2025: 250 before that, then age."""
    rows = ledger("0 b 1 100; 1 b 1 300; 370 b 1 250; 380 s 1 0; 381 s 1 0")
    got = replay(rows, rules=BasisRules("hifo", elections={2024: "acb"}))
    assert taken(got) == ["2: 1 at 250, hifo", "0: 1 at 200, hifo"]


def test_what_moves_after_an_average_keeps_it() -> None:
    """400/6 a unit: what was moved first is rounded down, and still goes first of equals."""
    rows = "0 b 3 100 A; 1 b 3 300 A; 370 m 2 0 A>B; 371 m 4 0 A>B; 380 s 1 0 B"
    rules = BasisRules("hifo", "location", elections={2024: "acb"})
    sold = replay(ledger(rows), rules=rules).disposals[-1]
    assert seen(sold.lot.opened_by, sold.lot.moved_by) == (0, 2)


def test_a_year_without_events_averages_too() -> None:
    rows = ledger("0 b 1 100; 1 b 1 200; 800 s 1 0")  # 2024 and 2026
    got = replay(rows, rules=BasisRules("fifo", elections={2025: "acb"}))
    assert taken(got) == ["0: 1 at 150, fifo"]


def test_a_year_without_events_averages_what_is_resumed_before_it() -> None:
    rows, rules = ledger("0 b 1 100; 1 b 1 200; 800 s 1 0"), BasisRules(elections={2025: "acb"})
    since = START + timedelta(days=10)
    assert rules.restart(since, START) == (since, False)
    got = replay(rows[2:], Replay.resumed(replay(rows[:2]).lots, since=since), rules=rules)
    assert taken(got) == ["0: 1 at 150, fifo"]


@pytest.mark.parametrize(
    ("wrong", "word"),
    [({"method": "best"}, "best"), ({"elections": {2024: "x"}}, "x"), ({"scope": "y"}, "y")],
)
def test_unknown_words_are_refused(wrong: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        BasisRules(**wrong)  # type: ignore[arg-type]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FIRST = utc("2020-03-01")
RESTARTS = {
    "fifo": (BasisRules(), "2024-05-05 10:00", Restart(utc("2024-05-05 10:00"), False)),
    "acb": (BasisRules("acb"), "2024-05-05 10:00", Restart(utc("2024-05-05 10:00"), True)),
    "uk": (BasisRules("uk"), "2024-05-05 10:00", Restart(utc("2024-04-04 23:00"), True)),
    "uk, after London's midnight": (
        BasisRules("uk"),
        "2024-05-05 23:30",
        Restart(utc("2024-04-05 23:00"), True),
    ),
    "uk, across the change of the clocks": (
        BasisRules("uk"),
        "2024-04-20 23:30",
        Restart(utc("2024-03-22"), True),
    ),
    "uk, since 6 April": (
        BasisRules("fifo", tax_year_start="04-06", elections={2024: "uk"}),
        "2024-04-10 10:00",
        Restart(utc("2024-04-05 23:00"), True),
    ),
    "uk, since January": (
        BasisRules("fifo", elections={2024: "uk"}),
        "2024-01-10 10:00",
        Restart(utc("2024-01-01"), True),
    ),
    "uk, the year before as well": (
        BasisRules("fifo", elections={2023: "uk", 2024: "uk"}),
        "2024-01-10 10:00",
        Restart(utc("2023-12-11"), True),
    ),
    "fifo after an average": (
        BasisRules("fifo", elections={2022: "acb"}),
        "2024-05-05 10:00",
        Restart(utc("2023-01-01"), True),
    ),
    "fifo before an average": (
        BasisRules("acb", elections=dict.fromkeys((2019, 2020, 2021), "fifo")),
        "2021-05-05 10:00",
        Restart(utc("2021-05-05 10:00"), False),
    ),
}


@pytest.mark.parametrize("name", RESTARTS)
def test_restart(name: str) -> None:
    rules, at, expected = RESTARTS[name]
    assert rules.restart(utc(at), FIRST) == expected
