"""What every scenario stands on, and how its changes become money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from markets.selectors import daily_closes
from risk.crossing import amount_of, plain, weights_of
from risk.measures import Array
from risk.scenarios import Asset, Beta, Shocks, betas
from risk.scenarios.shocks import COIN
from risk.selectors.exposure import Exposure
from risk.series import simple_returns

#: All stored history is looked at for the worst stretch, at most so many days.
HISTORY = 3650
#: Betas are of the last year.
BETA_DAYS = 365
FACTORS = {"BTC": "Bitcoin", "ETH": "Ether"}

#: JSON: decimal strings for money, numbers for ratios.
Scenario = dict[str, Any]


@dataclass(frozen=True)
class Ground:
    """What every scenario stands on; arrays are in the order of `assets`."""

    held: Exposure
    value: Decimal
    assets: list[Asset]
    weights: Array
    days: list[date]
    closes: Array
    factors: dict[str, Array]
    betas: dict[str, dict[str, Beta]]

    def slopes(self, factor: str) -> Array:
        return np.array([self.betas[factor][asset.symbol].value for asset in self.assets])

    @property
    def coins(self) -> Array:
        return np.array([1.0 if asset.kind == COIN else 0.0 for asset in self.assets])


def ground_of(held: Exposure) -> Ground:
    """Of what is held, which must be something, by the closes known at its moment."""
    assets = [Asset(position.symbol, position.kind) for position in held.held]
    names = list(dict.fromkeys([*held.symbols, *FACTORS]))
    closes = daily_closes(
        names, end=held.as_of.date(), days=HISTORY + 1, base=held.base, venue=held.venue
    )
    columns = dict(zip(closes.symbols, closes.values.T, strict=True))
    columns[held.base] = np.ones(len(closes.days))
    matrix = np.column_stack([columns[asset.symbol] for asset in assets])
    year = slice(-BETA_DAYS - 1, None)
    factors = {name: columns[name] for name in FACTORS}
    return Ground(
        held=held,
        value=sum((position.value for position in held.held), Decimal(0)),
        assets=assets,
        weights=weights_of([position.value for position in held.held]),
        days=list(closes.days),
        closes=matrix,
        factors=factors,
        betas={
            name: betas(assets, simple_returns(matrix[year]), _returns(factor[year]), name)
            for name, factor in factors.items()
        },
    )


def _returns(closes: Array) -> Array:
    return simple_returns(closes[:, None])[:, 0]


def scenario_of(ground: Ground, shocks: Shocks, **words: Any) -> Scenario:
    """`described`, with what stands for what said by the shocks themselves."""
    changes = np.array([shocks[asset.symbol].change for asset in ground.assets])
    how = {symbol: shock.how for symbol, shock in shocks.items() if shock.how}
    return described(ground, changes, how, **words)


def described(ground: Ground, changes: Array, how: Mapping[str, str], **words: Any) -> Scenario:
    """Changes made money: each asset's loss is its value times its change, the whole their sum."""
    parts, lost = [], Decimal(0)
    for position, weight, change in zip(
        ground.held.held, ground.weights.tolist(), changes.tolist(), strict=True
    ):
        amount = amount_of(-change, position.value)
        lost += Decimal(amount)
        parts.append(
            {
                "symbol": position.symbol,
                "kind": position.kind,
                "value": plain(position.value),
                "change": change,
                "loss": {"fraction": -change * weight + 0.0, "amount": amount},
                "proxied": how.get(position.symbol),
            }
        )
    proxied = [part["symbol"] for part in parts if part["proxied"]]
    weight_of = dict(zip(ground.held.symbols, ground.weights.tolist(), strict=True))
    return {
        "start": None,
        "end": None,
        "location": None,
        "needed": None,
        "needed_unit": None,
        **words,
        "loss": {"fraction": float(-(ground.weights @ changes)) + 0.0, "amount": plain(lost)},
        "value_after": plain(ground.value - lost),
        "assets": sorted(parts, key=lambda part: -Decimal(part["loss"]["amount"])),
        "proxied": proxied,
        "proxied_share": sum(weight_of[symbol] for symbol in proxied),
    }
