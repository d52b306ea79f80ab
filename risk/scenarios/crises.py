"""Seven crises replayed on today's holdings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from statistics import median

from risk.scenarios.shocks import COIN, SAME, STAKED, Asset, Beta, Shock, Shocks, floored

_FILE = Path(__file__).parent / "crises.json"
_FACTOR = "BTC"


class Price(StrEnum):
    """Which price of a window counts. Closes to closes are of one moment; the others are each
    coin's own worst, which did not all come at once.
    """

    CLOSE = "close_to_close"
    WORST_CLOSE = "worst_close"
    LOWEST_TRADE = "lowest_trade"


@dataclass(frozen=True)
class Crisis:
    """`shocks` by symbol: the change by each `Price`, in their order; `depegs` likewise, relative
    to what they are pegged to (None: the dollar), and only approximately known.
    """

    key: str
    name: str
    start: date
    end: date
    shocks: Mapping[str, tuple[float, ...]]
    depegs: Mapping[str, tuple[str | None, tuple[float, ...], str]]


@cache
def crises() -> tuple[Crisis, ...]:
    """In the order of time, from the data file beside this module."""
    data = json.loads(_FILE.read_text())
    return tuple(
        Crisis(
            key=window["key"],
            name=window["name"],
            start=date.fromisoformat(window["from"]),
            end=date.fromisoformat(window["to"]),
            shocks={symbol: tuple(row) for symbol, row in window["shocks"].items()},
            depegs={
                symbol: (row["of"], tuple(row["changes"]), row["note"])
                for row in data["depegs"]
                if row["key"] == window["key"]
                for symbol in row["symbols"]
            },
        )
        for window in data["windows"]
    )


def replay(
    crisis: Crisis, assets: Sequence[Asset], btc: Mapping[str, Beta], price: Price = Price.CLOSE
) -> Shocks:
    """The change of each asset in that crisis.

    Its own; else that of the coin it stands for; else `btc`, its beta today, times Bitcoin's; else,
    if its own history is too short for a beta, the median of the coins that traded. Money and
    stablecoins stay at 1 unless the data say otherwise.
    """
    at = list(Price).index(price)
    moved = {symbol: row[at] for symbol, row in crisis.shocks.items()}
    middle = median(change for symbol, change in moved.items() if not symbol.startswith("USD"))
    return {
        a.symbol: _depegged(crisis, a, moved, at) or _shock(a, moved, btc[a.symbol], middle)
        for a in assets
    }


def _depegged(crisis: Crisis, asset: Asset, moved: Mapping[str, float], at: int) -> Shock | None:
    if asset.symbol not in crisis.depegs:
        return None
    pegged_to, changes, note = crisis.depegs[asset.symbol]
    before = moved[pegged_to] if pegged_to else 0.0
    return Shock(floored((1.0 + before) * (1.0 + changes[at]) - 1.0), f"approximate: {note}")


def _shock(asset: Asset, moved: Mapping[str, float], beta: Beta, middle: float) -> Shock:
    if asset.symbol in moved:
        return Shock(moved[asset.symbol])
    if asset.kind != COIN:
        return Shock(0.0)
    other = STAKED.get(asset.symbol) or SAME.get(asset.symbol)
    if other is not None and other in moved:
        return Shock(moved[other], f"as {other}")
    if beta.how:
        return Shock(middle, f"median of the {len(moved)} coins that traded then")
    return Shock(floored(beta.value * moved[_FACTOR]), f"beta {beta.value:.2f} to {_FACTOR}")
