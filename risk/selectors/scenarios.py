"""What today's holdings would lose: crises, factors, broken pegs, frozen venues, own shocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.conf import settings

from portfolios.models import Portfolio
from portfolios.selectors import quantities_by_location
from risk.crossing import plain
from risk.measures import Array
from risk.scenarios import (
    Asset,
    Stretch,
    along,
    changes_at,
    crises,
    custom,
    depeg,
    reach,
    replay,
    staked_discount,
    worst_stretch,
)
from risk.selectors.exposure import Exposure, at_one_venue, exposure, not_to_come
from risk.selectors.grounds import (
    BETA_DAYS,
    FACTORS,
    Ground,
    Scenario,
    described,
    ground_of,
    scenario_of,
)
from risk.selectors.stresses import Stresses, stresses

#: Of another day.
NO_PLACES = "Where the units lay on an earlier day is not kept: a frozen venue is shown for today."


def scenarios(
    portfolio: Portfolio | Sequence[Portfolio],
    *,
    base: str | None = None,
    as_of: date | None = None,
    shocks: Sequence[Mapping[str, Any]] | None = None,
    **parameters: Any,
) -> list[Scenario]:
    """Every scenario for one portfolio, or for several of one owner taken together.

    `parameters` are the fields of `Stresses`; `shocks` is a list of {"symbol" or "kind", "change"}
    and gives the one scenario `custom` instead of the others. `as_of`: of what was held as that
    UTC day ended, by the history known then (None: now). ValidationError names a bad field.
    """
    found = scenario_answer(portfolio, base=base, as_of=as_of, shocks=shocks, **parameters)
    answer: list[Scenario] = found["scenarios"]
    return answer


def scenario_answer(
    portfolio: Portfolio | Sequence[Portfolio],
    *,
    base: str | None = None,
    as_of: date | None = None,
    shocks: Sequence[Mapping[str, Any]] | None = None,
    **parameters: Any,
) -> dict[str, Any]:
    """`scenarios` with what they are of, and what they do not see."""
    asked = stresses(**parameters)
    not_to_come(as_of)
    portfolios = [portfolio] if isinstance(portfolio, Portfolio) else list(portfolio)
    currency = base or (portfolios[0].base_currency if portfolios else "USD")
    held = exposure(portfolios, currency, as_of) if portfolios else None
    found: list[Scenario] = []
    warnings = ["Nothing with a price is held: there is nothing to shock."]
    if held is not None and held.held:
        ground = ground_of(held)
        warnings = [*held.warnings, *_about(held)]
        if shocks is None:
            found = _all(ground, asked)
            if as_of is None:
                found += _frozen(ground, portfolios)
            else:
                warnings.append(NO_PLACES)
        else:
            by_symbol, by_kind, unheld = _split(shocks, ground.assets)
            found = [_custom(ground, by_symbol, by_kind)]
            warnings += [f"{symbol} is not held: its shock changes nothing." for symbol in unheld]
    return {
        "portfolio": portfolio.pk if isinstance(portfolio, Portfolio) else None,
        "as_of": (held.as_of if held else datetime.now(UTC)).isoformat(timespec="seconds"),
        "base_currency": currency,
        "value": plain(held.value) if held and held.value is not None else None,
        "parameters": asked.as_json(),
        "scenarios": found,
        "warnings": warnings,
    }


def _all(ground: Ground, asked: Stresses) -> list[Scenario]:
    stretch = _worst(ground, asked.days)
    return [
        *_replays(ground, asked),
        *_factors(ground, asked),
        *_broken(ground, asked),
        *([_of_stretch(ground, stretch, asked.days)] if stretch else []),
        *_reverse(ground, stretch, asked),
    ]


def _replays(ground: Ground, asked: Stresses) -> list[Scenario]:
    return [
        scenario_of(
            ground,
            replay(crisis, ground.assets, ground.betas["BTC"], asked.price),
            key=crisis.key,
            name=crisis.name,
            kind="replay",
            start=crisis.start.isoformat(),
            end=crisis.end.isoformat(),
            description=f"Prices move as from {crisis.start} to {crisis.end}.",
        )
        for crisis in crises()
    ]


def _factors(ground: Ground, asked: Stresses) -> list[Scenario]:
    return [
        scenario_of(
            ground,
            along(ground.betas[factor], -asked.fall, factor),
            key=f"{factor.lower()}_fall",
            name=f"{factor} −{asked.fall:.0%}".replace("%", " %"),  # noqa: RUF001 - for people
            kind="factor",
            description=f"{name} falls by {_percent(asked.fall)}; every coin moves by its beta "
            f"to {factor} over the last {BETA_DAYS} days.",
        )
        for factor, name in FACTORS.items()
    ]


def _broken(ground: Ground, asked: Stresses) -> list[Scenario]:
    """Correlations break: what was held for safety falls, and what stands for a coin lags it."""
    found = []
    if any(asset.kind == "stablecoin" for asset in ground.assets):
        found.append(
            scenario_of(
                ground,
                depeg(ground.assets, asked.depeg),
                key="depeg",
                name="Stablecoins lose their peg",
                kind="broken_correlation",
                description=f"Every stablecoin at {asked.depeg:g} of its peg, coins unmoved "
                "(USDC traded at about 0.88 on 11 March 2023).",
            )
        )
    discounted = staked_discount(ground.assets, asked.staked_discount)
    if discounted:
        found.append(
            scenario_of(
                ground,
                discounted,
                key="staked_discount",
                name="Staked tokens at a discount",
                kind="broken_correlation",
                description=f"Every token of a staked coin {_percent(asked.staked_discount)} below "
                "its coin (stETH stood at about 0.94 in June 2022).",
            )
        )
    return found


def _custom(
    ground: Ground, by_symbol: Mapping[str, float], by_kind: Mapping[str, float]
) -> Scenario:
    return scenario_of(
        ground,
        custom(ground.assets, by_symbol, by_kind),
        key="custom",
        name="Own shocks",
        kind="custom",
        description="What was asked for; an asset's own change goes before that of its kind.",
    )


def _worst(ground: Ground, length: int) -> Stretch | None:
    return worst_stretch(
        ground.days,
        ground.closes,
        ground.weights,
        betas=ground.slopes("BTC"),
        factor=ground.factors["BTC"],
        length=length,
    )


def _of_stretch(ground: Ground, stretch: Stretch, length: int) -> Scenario:
    found = ground.betas["BTC"]
    how = {
        asset.symbol: found[asset.symbol].how or f"beta {found[asset.symbol].value:.2f} to BTC"
        for asset, proxied in zip(ground.assets, stretch.proxied, strict=True)
        if proxied
    }
    return described(
        ground,
        stretch.changes,
        how,
        key="worst_stretch",
        name=f"Worst {length} days in stored history",
        kind="worst",
        start=stretch.start.isoformat(),
        end=stretch.end.isoformat(),
        description=f"The {length} days since {ground.days[0]} over which today's holdings would "
        "have lost most.",
    )


def _frozen(ground: Ground, portfolios: Sequence[Portfolio]) -> list[Scenario]:
    """One for each place: how much of the value could not be moved."""
    placed: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    _, taken, _ = at_one_venue(portfolios)
    for portfolio in taken:
        for location, units in quantities_by_location(portfolio).items():
            for symbol, quantity in units.items():
                placed[location][symbol] += quantity
    total = {
        s: sum(units.get(s, Decimal(0)) for units in placed.values()) for s in _symbols(placed)
    }
    found = []
    for location, units in placed.items():
        shares = {s: float(quantity / total[s]) for s, quantity in units.items() if total[s]}
        changes = np.array([-shares.get(asset.symbol, 0.0) for asset in ground.assets])
        if changes.any():
            found.append(_freeze(ground, location, changes))
    return sorted(found, key=lambda one: -one["loss"]["fraction"])


def _symbols(placed: Mapping[str, Mapping[str, Decimal]]) -> set[str]:
    return {symbol for units in placed.values() for symbol in units}


def _freeze(ground: Ground, location: str, changes: Array) -> Scenario:
    place = location or "No place named"
    return {
        **described(
            ground,
            changes,
            {},
            key=f"freeze:{location}",
            name=f"{place} freezes" if location else "Places that the ledger does not name",
            kind="freeze",
            description="Share of the value that lies there and would be stuck.",
        ),
        "location": location,
    }


def _reverse(ground: Ground, stretch: Stretch | None, asked: Stresses) -> list[Scenario]:
    """What it takes to lose so much: `needed` is None where no fall is deep enough."""
    lost = _percent(asked.target_loss)
    cases: list[tuple[str, str, Array, float, str]] = [
        ("reverse_crypto", "All coins fall alike", ground.coins, 1.0, "fall of every coin"),
        ("reverse_btc", "BTC falls, all by beta", ground.slopes("BTC"), 1.0, "fall of BTC"),
    ]
    if stretch is not None:
        cases.append(
            (
                "reverse_worst",
                f"Like {stretch.start} to {stretch.end}",
                -stretch.changes,
                np.inf,
                "times the worst stretch in stored history",
            )
        )
    found = []
    for key, name, slopes, most, unit in cases:
        needed = reach(ground.weights, slopes, asked.target_loss, most)
        changes = changes_at(slopes, needed if needed is not None else min(most, 1.0))
        reached = "" if needed is not None else " Nothing of this kind is deep enough."
        found.append(
            {
                **described(
                    ground,
                    changes,
                    {},
                    key=key,
                    name=name,
                    kind="reverse",
                    description=f"What it takes to lose {lost}.{reached}",
                ),
                "needed": needed,
                "needed_unit": unit,
            }
        )
    return found


def _split(
    shocks: Sequence[Mapping[str, Any]], assets: Sequence[Asset]
) -> tuple[dict[str, float], dict[str, float], list[str]]:
    by_symbol = {s["symbol"]: s["change"] for s in shocks if s.get("symbol")}
    by_kind = {s["kind"]: s["change"] for s in shocks if s.get("kind")}
    held = {asset.symbol for asset in assets}
    return by_symbol, by_kind, sorted(set(by_symbol) - held)


def _about(held: Exposure) -> list[str]:
    said = []
    if held.missing:
        said.append(f"No price for {', '.join(held.missing)}: not part of any scenario.")
    if held.base not in settings.USD_EQUIVALENTS:
        said.append(f"Replays are changes in dollars: the rate of {held.base} is taken as unmoved.")
    return said


def _percent(fraction: float) -> str:
    return f"{fraction * 100:g} %"
