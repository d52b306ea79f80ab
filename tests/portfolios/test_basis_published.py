"""Numbers that tax offices, textbooks and vendors have published, to their digit."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portfolios.basis.rules import BasisRules
from portfolios.lots import Event, Kind, Replay, replay

ORACLE = Path(__file__).parents[3] / "shared" / "oracle" / "expected.json"
MONEY: dict[str, Any] = json.loads(ORACLE.read_text())["money"] if ORACLE.exists() else {}
if not MONEY:
    warnings.warn(f"{ORACLE.name} is absent: only the cases in this file are checked", stacklevel=1)

KINDS = {"buy": Kind.ACQUIRE, "sell": Kind.SELL}
Row = tuple[str, str, str, str]


def events(*rows: Row) -> list[Event]:
    """(MM-DD or MM-DD HH, buy or sell, units, money), in the order of entry within an hour."""
    found = []
    for key, (when, kind, units, money) in enumerate(rows):
        day, _, hour = when.partition(" ")
        at = datetime.fromisoformat(f"2023-{day}T{hour or '12'}:00:00+00:00")
        found.append(Event(key, at, KINDS[kind], Decimal(units), Decimal(money)))
    return found


def gains(got: Replay) -> dict[int, Decimal]:
    """Gain by event."""
    found: dict[int, Decimal] = {}
    for d in got.disposals:
        found[d.key] = found.get(d.key, Decimal(0)) + d.gain
    return found


def whole(number: Decimal) -> int:
    return int(number.quantize(Decimal(1)))


# rows; gain of each disposal by its row; rules it used; pool in the end (units, pounds)
HMRC = {
    "CRYPTO22251": (
        [("01-01", "buy", "100", "1000"), ("02-01", "buy", "50", "125000"),
         ("06-01", "sell", "50", "300000")],
        {2: "258000"}, {2: ["pool"]}, ("100", "84000"),
    ),
    # Its two sales are one disposal there: 937.5 of cost, 462.5 of gain.
    "CRYPTO22252": (
        [("01-01", "buy", "5000", "500"), ("06-23 09", "sell", "1000", "800"),
         ("06-23 14", "buy", "1600", "1000"), ("06-23 20", "sell", "500", "600")],
        {1: "175", 3: "287.5"}, {1: ["same_day"], 3: ["same_day"]}, ("5100", "562.5"),
    ),
    # The purchase of 1 May is 31 days after the first sale: too late for it.
    "CRYPTO22253": (
        [("01-01", "buy", "2000", "1000"), ("03-31", "sell", "1000", "400"),
         ("04-20", "sell", "500", "150"), ("04-21", "buy", "700", "175"),
         ("04-28", "buy", "500", "100"), ("05-01", "buy", "500", "150")],
        {1: "165", 2: "20"}, {1: ["30_days", "30_days"], 2: ["30_days", "30_days"]},
        ("2200", "1060"),
    ),
    # One disposal of 7,000 there: gain 642 - 500 - 62.5. All four purchases count as one.
    "CRYPTO22254": (
        [("01-01", "buy", "8000", "1000"), ("01-31 08", "sell", "5000", "500"),
         ("01-31 09", "buy", "4000", "320"), ("01-31 10", "buy", "1000", "75"),
         ("01-31 11", "buy", "1000", "70"), ("01-31 12", "sell", "2000", "142"),
         ("01-31 13", "buy", "500", "35")],
        {1: "115.384615384615384615", 5: "-35.884615384615384615"},
        {1: ["same_day"] * 4, 5: ["same_day", "pool"]}, ("7500", "937.5"),
    ),
    "CRYPTO22255": (
        [("01-01", "buy", "14000", "200000"), ("08-30", "sell", "4000", "160000"),
         ("09-11", "buy", "500", "17500")],
        {1: "92500"}, {1: ["30_days", "pool"]}, ("10500", "150000"),
    ),
    # 7 August: of 345,000 for 110,000 units.
    "CRYPTO22256": (
        [("01-01", "buy", "100000", "300000"), ("07-31 10", "buy", "10000", "45000"),
         ("07-31 11", "sell", "30000", "150000"), ("08-05", "sell", "20000", "100000"),
         ("08-06", "buy", "50000", "225000"), ("08-07", "sell", "100000", "150000")],
        {2: "15000", 3: "10000", 5: "-163636.363636363636363636"},
        {2: ["same_day", "30_days"], 3: ["30_days"], 5: ["pool"]},
        ("10000", "31363.636363636363636364"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HMRC)
def test_hmrc_manual(name: str) -> None:
    rows, expected, rules, pool = HMRC[name]
    got = replay(events(*rows), rules=BasisRules("uk"))
    assert gains(got) == {key: Decimal(gain) for key, gain in expected.items()}
    used: dict[int, list[str]] = {}
    for d in got.disposals:
        used.setdefault(d.key, []).append(d.rule)
    assert used == rules
    assert (got.quantity, got.cost) == (Decimal(pool[0]), Decimal(pool[1]))


def test_the_day_as_one_disposal_is_what_hmrc_rounds() -> None:
    """The manual's own whole pounds: 462, 79 and -163,636."""
    found = {name: replay(events(*HMRC[name][0]), rules=BasisRules("uk")) for name in HMRC}
    assert whole(found["CRYPTO22252"].realised) == 462
    assert found["CRYPTO22254"].realised == Decimal("79.5")  # 642 - 500 - 62.5, there 63
    assert whole(gains(found["CRYPTO22256"])[5]) == -163636


def days(rows: list[tuple[Kind, str, str]]) -> list[Event]:
    """(kind, units, money), one a day."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        Event(key, start + timedelta(days=key), kind, Decimal(units), Decimal(money))
        for key, (kind, units, money) in enumerate(rows)
    ]


FIVE = [(Kind.ACQUIRE, "1", cost) for cost in ("10000", "12000", "9000", "15000", "18000")]
#: accointing's example: 3 of 5 sold for 60,000; the average is 12,800 a unit.
GAINS = {"fifo": 29000, "lifo": 18000, "hifo": 15000, "acb": 21600, "specific": 29000}


@pytest.mark.parametrize("method", GAINS)
def test_five_lots_and_a_sale_of_three(method: str) -> None:
    got = replay(days([*FIVE, (Kind.SELL, "3", "60000")]), rules=BasisRules(method))
    assert got.realised == GAINS[method]


def test_canada_by_the_textbook() -> None:
    """AIT805 ch. 7: the total after each event, not rounded in between (ITA s. 47(1))."""
    rows = [(1000, "3070"), (3000, "8490"), (1500, "5770"), (1000, "5220"), (-3000, "0"),
            (1000, "5880"), (-1500, "0")]  # fmt: skip
    totals = ["3070", "11560", "17330", "22550", "12142.3077", "18022.3077", "12014.8718"]
    found = days([(Kind.ACQUIRE if n > 0 else Kind.SELL, str(abs(n)), money) for n, money in rows])
    for count, total in enumerate(totals, start=1):
        got = replay(found[:count], rules=BasisRules("acb"))
        assert got.cost.quantize(Decimal("1e-4")) == Decimal(total)


@pytest.mark.parametrize("case", MONEY.get("hmrc_s104", []), ids=lambda case: case["ref"])
def test_oracle_hmrc(case: dict[str, Any]) -> None:
    units, cost = case["pool"]
    rows = [("01-01", "buy", str(units), str(cost))]
    for number, (kind, quantity, money) in enumerate(case["events"]):
        when = f"06-23 {8 + number:02}" if case.get("same_day") else f"{number + 2:02}-01"
        rows.append((when, kind, str(quantity), str(money)))
    got = replay(events(*rows), rules=BasisRules("uk"))
    assert got.realised == Decimal(str(case.get("gain_exact", case.get("gain"))))
    assert [got.quantity, got.cost] == [Decimal(str(number)) for number in case["pool_after"]]


@pytest.mark.parametrize("case", MONEY.get("canada_acb", []), ids=lambda case: case["source"])
def test_oracle_canada(case: dict[str, Any]) -> None:
    found = days(
        [
            (Kind.ACQUIRE if units > 0 else Kind.SELL, str(abs(units)), str(money or 0))
            for units, money in case["events"]
        ]
    )
    for count, (units, total, each) in enumerate(case["computed_unrounded"], start=1):
        got = replay(found[:count], rules=BasisRules("acb"))
        assert got.quantity == Decimal(str(units))
        assert float(got.cost) == pytest.approx(total, abs=5e-5)
        assert float(got.cost / got.quantity) == pytest.approx(each, abs=5e-7)


@pytest.mark.parametrize("method", ["fifo", "lifo", "hifo", "acb"])
@pytest.mark.parametrize("case", MONEY.get("lots", []), ids=lambda case: case["source"][:10])
def test_oracle_lots(case: dict[str, Any], method: str) -> None:
    bought = [(Kind.ACQUIRE, str(u), str(m)) for u, m in case["buys_qty_totalcost"]]
    sold = [(Kind.SELL, str(u), str(m)) for u, m in case["sells_qty_proceeds"]]
    got = replay(days([*bought, *sold]), rules=BasisRules(method))
    published = {**case["published"], "acb": case["average_cost_gain"]}
    assert got.realised == Decimal(str(published[method]))
