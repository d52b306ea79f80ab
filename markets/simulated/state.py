"""The state file: the trades that were pushed, written whole and replaced at once."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import msgspec


class StateError(Exception):
    """The state file cannot serve; the message says what to do."""


class Saved(msgspec.Struct, frozen=True):
    """One pushed trade; time in ms since 1970."""

    symbol: str
    time: int
    price: Decimal
    quantity: Decimal


class _File(msgspec.Struct, frozen=True):
    seed: int
    rate: float
    trades: list[Saved]


def load(path: Path, seed: int, rate: float) -> list[Saved]:
    """The pushed trades, oldest first; none if there is no file. Raises StateError."""
    if not path.exists():
        return []
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_File)
    except (msgspec.DecodeError, OSError) as error:
        raise StateError(f"{path}: not a state file of the simulated exchange ({error})") from error
    if (kept.seed, kept.rate) != (seed, rate):
        raise StateError(
            f"{path}: was written with --seed {kept.seed} --rate {kept.rate:g}; "
            "start with these or name another --state file"
        )
    return kept.trades


def save(path: Path, seed: int, rate: float, trades: list[Saved]) -> None:
    """Write the file beside itself and put it in place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.write_bytes(msgspec.json.encode(_File(seed, rate, trades)))
    os.replace(fresh, path)
