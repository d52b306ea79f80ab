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


class State(msgspec.Struct, frozen=True):
    """Which market it is, and the trades pushed into it, oldest first."""

    seed: int
    rate: float
    trades: list[Saved]


def load(path: Path, seed: int | None, rate: float | None) -> State | None:
    """What was kept; None if there is no file. Raises StateError.

    ``seed`` and ``rate`` are those asked for, None where the file may say.
    """
    if not path.exists():
        return None
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=State)
    except (msgspec.DecodeError, OSError) as error:
        raise StateError(f"{path}: not a state file of the simulated exchange ({error})") from error
    if seed not in {None, kept.seed} or rate not in {None, kept.rate}:
        raise StateError(
            f"{path}: was written with --seed {kept.seed} --rate {kept.rate:g}; "
            "start with these or name another --state file"
        )
    return kept


def save(path: Path, state: State) -> None:
    """Write the file beside itself and put it in place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.write_bytes(msgspec.json.encode(state))
    os.replace(fresh, path)
