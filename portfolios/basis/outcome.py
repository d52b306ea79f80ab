"""What a replay amounts to, and the state that another one can go on from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from portfolios.basis.events import ZERO, Event
from portfolios.basis.pieces import Lot


@dataclass(slots=True)
class Disposal:
    """Units of one lot that left, at `at`. `gain` = proceeds - basis where `realised`, else 0.

    `proceeds` are net of `fee`. Spent units have no proceeds, and their worth is the fee. `rule`
    says why this lot (values of models.MatchRule).
    """

    key: int
    lot: Lot
    quantity: Decimal
    basis: Decimal
    proceeds: Decimal
    gain: Decimal
    realised: bool
    rule: str
    fee: Decimal
    at: datetime

    @property
    def days_held(self) -> int:
        """Whole days from acquisition to disposal; 0 where the acquisition came later."""
        return max(0, (self.at - self.lot.acquired_at).days)


@dataclass(frozen=True, slots=True)
class Oversold:
    """`event` takes more than the `held` units (of its location, with scope "location")."""

    event: Event
    held: Decimal


class Unmet(NamedTuple):
    """`missing` of the units that the event's choices name were not there."""

    event: Event
    missing: Decimal


class Pledge(NamedTuple):
    """Units of an acquisition that earlier disposals have taken already (uk), and their basis."""

    quantity: Decimal
    basis: Decimal


@dataclass(slots=True)
class Replay:
    """What the events amount to. Where `oversold` is set the replay stopped there.

    `lots` in the order in which they were opened. Σ remaining = `quantity`, Σ basis = `cost`.
    `unmet`: choices of lots (specific identification) that could not be honoured. `open`, `since`,
    `pools` and `pledged` are what the next events go on from (see `resumed`).
    """

    lots: list[Lot] = field(default_factory=list)
    disposals: list[Disposal] = field(default_factory=list)
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    rewards: Decimal = ZERO
    fees: Decimal = ZERO
    oversold: Oversold | None = None
    unmet: list[Unmet] = field(default_factory=list)
    open: list[Lot] = field(default_factory=list, repr=False)
    since: datetime | None = field(default=None, repr=False)
    pools: Mapping[str, Decimal] | None = field(default=None, repr=False)
    pledged: Mapping[int, Pledge] = field(default_factory=dict, repr=False)

    @classmethod
    def resumed(
        cls,
        open_lots: Iterable[Lot],
        *,
        realised: Decimal = ZERO,
        rewards: Decimal = ZERO,
        fees: Decimal = ZERO,
        since: datetime | None = None,
        pools: Mapping[str, Decimal] | None = None,
        pledged: Mapping[int, Pledge] | None = None,
    ) -> Replay:
        """The state after earlier events, from the lots they left open and totals.

        Take `restart = rules.restart(time of the change, time of the first event)`. Then, of what a
        replay of everything before `restart.at` made:

        - `open_lots`: those that were acquired (or made by a transfer) before it, with the
          `remaining` and `basis` of that time: quantity and cost less those of the disposals before
          it. Lots of one age (acquired_at, opened_by, moved_by) in the order they were made in.
        - `since`: restart.at.
        - `pools`, if restart.pooled: Σ cost of ALL lots made before it (those used up, too) less
          Σ basis of all disposals before it *of these lots*; by location with scope "location",
          else under "". The lots' own `basis` is not looked at then.
        - `pledged`: what disposals before it took from lots acquired at or after it (rule
          "30_days"), summed by the key of the acquisition.
        - `realised`: Σ gain of the disposals before it; `rewards`: Σ cost of the lots that REWARD
          opened; `fees`: Σ fee of the disposals and of the events that came in. All three only add
          up: resumed with zeros, the replay has what came after.

        Its `lots` and `disposals` are empty: a replay that goes on from here collects new ones. The
        open lots are changed in place.
        """
        waiting, promised = list(open_lots), pledged or {}
        taken = sum((pledge.quantity for pledge in promised.values()), ZERO)
        paid = sum((pledge.basis for pledge in promised.values()), ZERO)
        own = (lot.basis for lot in waiting) if pools is None else pools.values()
        return cls(
            quantity=sum((lot.remaining for lot in waiting), ZERO) - taken,
            cost=sum(own, ZERO) - paid,
            realised=realised,
            rewards=rewards,
            fees=fees,
            open=waiting,
            since=since,
            pools=pools,
            pledged=promised,
        )
