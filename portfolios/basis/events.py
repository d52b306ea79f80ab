"""What happens to one asset, and how exactly it is reckoned. No framework, all Decimal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from typing import Final

ZERO: Final = Decimal(0)
#: The smallest amount that is kept: numeric(38,18).
UNIT: Final = Decimal("1e-18")
#: Exact for the product and the quotient of two numbers of 38 digits before rounding to UNIT.
PRECISE: Final = Context(prec=80, rounding=ROUND_HALF_EVEN)


class Kind(StrEnum):
    """What an event does to the asset."""

    ACQUIRE = "acquire"  # a lot; `money` is its cost
    REWARD = "reward"  # a lot; `money` is its cost and an income
    DEPOSIT = "deposit"  # a lot brought from outside; no acquisition that a sale is matched with
    SELL = "sell"  # a disposal; `money` is its proceeds, net of `fee`
    WITHDRAW = "withdraw"  # takes basis out; no gain
    GIVE = "give"  # takes basis out for good; no gain
    LOSE = "lose"  # a disposal without proceeds: its basis is a loss
    SPEND = "spend"  # units given up as a fee: no proceeds; `worth` is shown as the fee
    MOVE = "move"  # to `to_location`: keeps dates and basis


COMES_IN: Final = frozenset({Kind.ACQUIRE, Kind.REWARD, Kind.DEPOSIT})
#: What makes a gain or a loss.
REALISES: Final = frozenset({Kind.SELL, Kind.LOSE, Kind.SPEND})
_RANK: Final = {
    **dict.fromkeys(Kind, 2),
    **dict.fromkeys(COMES_IN, 0),
    Kind.MOVE: 1,
    Kind.SPEND: 3,
}

#: (key of the transaction that acquired, units of it)
Choice = tuple[int, Decimal]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to the asset.

    `key` names the transaction it came from and breaks ties of time; `at` is aware UTC;
    `quantity` > 0; `money` as `Kind` says; `fee` is the part of it that went to somebody else
    (shown apart, counted once); `worth` is what spent units were worth, None where no price is
    known: then their basis counts. `choices`: the acquisitions whose units leave, for specific
    identification. `unmatched`: it may take more than is held.
    """

    key: int
    at: datetime
    kind: Kind
    quantity: Decimal
    money: Decimal = ZERO
    fee: Decimal = ZERO
    worth: Decimal | None = None
    assumed: bool = False
    location: str = ""
    to_location: str = ""
    choices: tuple[Choice, ...] = ()
    unmatched: bool = False

    @property
    def order(self) -> tuple[datetime, int, int]:
        return self.at, _RANK[self.kind], self.key
