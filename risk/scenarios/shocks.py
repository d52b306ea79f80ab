"""What falls how far, and what stands for what did not trade then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from risk import measures
from risk.measures import Array

#: A beta from fewer paired days says nothing.
LEAST_FOR_BETA: Final = 60
COIN: Final = "coin"
STABLECOIN: Final = "stablecoin"

#: Tokens that stand for a staked coin: they fall with it, and may fall further.
STAKED: Final = {
    "STETH": "ETH",
    "WSTETH": "ETH",
    "RETH": "ETH",
    "CBETH": "ETH",
    "WBETH": "ETH",
    "BETH": "ETH",
    "FRXETH": "ETH",
    "SFRXETH": "ETH",
    "WEETH": "ETH",
    "EZETH": "ETH",
    "MSOL": "SOL",
    "JITOSOL": "SOL",
    "JUPSOL": "SOL",
    "BNSOL": "SOL",
}
#: The same coin under another name or in another unit.
SAME: Final = {"WBTC": "BTC", "CBBTC": "BTC", "WETH": "ETH", "SHIB": "SHIB1000", "SHIB1000": "SHIB"}


@dataclass(frozen=True)
class Asset:
    """`kind` is coin, stablecoin or fiat."""

    symbol: str
    kind: str = COIN


@dataclass(frozen=True)
class Beta:
    """Of an asset to a factor; `how` says what stands for it where it has too little history."""

    value: float
    how: str = ""


@dataclass(frozen=True)
class Shock:
    """The change of one asset, at least -1; `how` says what stands for it where it is proxied."""

    change: float
    how: str = ""


#: By symbol, every asset of the portfolio.
Shocks = dict[str, Shock]


def betas(assets: Sequence[Asset], returns: Array, factor: Array, name: str) -> dict[str, Beta]:
    """Beta of each asset to the factor called `name`, on the days that both have.

    `returns` (days, assets), `factor` (days,), NaN where there is none. Money and stablecoins have
    0; a coin with fewer than 60 days that of what it is another form of, else the median of the
    other coins, else 1, and says so.
    """
    own = {
        asset.symbol: _own_beta(asset.symbol, returns[:, at], factor, name)
        for at, asset in enumerate(assets)
        if asset.kind == COIN
    }
    known = {symbol: beta for symbol, beta in own.items() if beta is not None}
    return {
        asset.symbol: Beta(known[asset.symbol])
        if asset.symbol in known
        else _other_beta(asset, known, name)
        for asset in assets
    }


def along(found: Mapping[str, Beta], change: float, name: str) -> Shocks:
    """Every asset moves by its beta times the factor's change."""
    return {
        symbol: Shock(floored(beta.value * change), f"{beta.how} to {name}" if beta.how else "")
        for symbol, beta in found.items()
    }


def depeg(assets: Sequence[Asset], price: float) -> Shocks:
    """Every stablecoin at `price` of its peg; all else stays where it is."""
    return {a.symbol: Shock(price - 1.0 if a.kind == STABLECOIN else 0.0) for a in assets}


def staked_discount(assets: Sequence[Asset], discount: float) -> Shocks:
    """Every token of a staked coin this far below that coin; empty if none is held."""
    if not any(asset.symbol in STAKED for asset in assets):
        return {}
    return {a.symbol: Shock(-discount if a.symbol in STAKED else 0.0) for a in assets}


def custom(
    assets: Sequence[Asset], by_symbol: Mapping[str, float], by_kind: Mapping[str, float]
) -> Shocks:
    """What the asker says: an asset's own change goes before that of its kind; else none."""
    return {
        a.symbol: Shock(floored(by_symbol.get(a.symbol, by_kind.get(a.kind, 0.0)))) for a in assets
    }


def floored(change: float) -> float:
    """Nothing falls by more than all it is worth."""
    return max(change, -1.0)


def _own_beta(symbol: str, returns: Array, factor: Array, name: str) -> float | None:
    if symbol == name:
        return 1.0
    both, _ = measures.paired(returns, factor)
    return measures.beta(returns, factor) if both.size >= LEAST_FOR_BETA else None


def _other_beta(asset: Asset, known: Mapping[str, float], name: str) -> Beta:
    if asset.kind != COIN:
        return Beta(0.0)
    other = STAKED.get(asset.symbol) or SAME.get(asset.symbol)
    if other == name:
        return Beta(1.0, f"as {other}: beta 1")
    if other is not None and other in known:
        return Beta(known[other], f"as {other}: beta {known[other]:.2f}")
    if known:
        middle = median(known.values())
        return Beta(middle, f"too short a history: median beta {middle:.2f} of the other coins")
    return Beta(1.0, "too short a history: beta 1")
