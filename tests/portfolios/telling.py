"""Ledgers of one asset in short words, and what came of them in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from portfolios.lots import ZERO, Event, Kind, Replay

START = datetime(2024, 1, 1, 12, tzinfo=UTC)
LETTERS = {
    "b": Kind.ACQUIRE,
    "r": Kind.REWARD,
    "d": Kind.DEPOSIT,
    "s": Kind.SELL,
    "w": Kind.WITHDRAW,
    "g": Kind.GIVE,
    "l": Kind.LOSE,
    "f": Kind.SPEND,
    "m": Kind.MOVE,
}


def ledger(text: str, *, unmatched: bool = False) -> list[Event]:
    """Events as "day letter units money [place[>place]]", separated by semicolons."""
    found = []
    for key, row in enumerate(text.split(";")):
        day, letter, units, money, *places = row.split()
        here, _, there = (places or [""])[0].partition(">")
        at = START + timedelta(days=float(day))
        kind = LETTERS[letter]
        worth = Decimal(money) if kind is Kind.SPEND else None
        paid = ZERO if kind is Kind.SPEND else Decimal(money)
        found.append(
            Event(
                key,
                at,
                kind,
                Decimal(units),
                paid,
                worth=worth,
                location=here,
                to_location=there,
                unmatched=unmatched,
            )
        )
    return found


def taken(got: Replay) -> list[str]:
    """Disposals as "lot's key: units at basis, rule"."""
    return [
        f"{d.lot.opened_by}: {d.quantity:f} at {d.basis.normalize():f}, {d.rule}"
        for d in got.disposals
    ]


def seen(*values: object) -> tuple[object, ...]:
    """To compare amounts with whole numbers, which mypy takes for a mistake."""
    return values
