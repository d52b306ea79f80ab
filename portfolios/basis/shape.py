"""The shape that every method has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import ClassVar

from portfolios.basis.events import Event
from portfolios.basis.pieces import Lot, Piece, Step, draw


class Basis(ABC):
    """The open lots of one book (an asset, or an asset at one location), and who goes first.

    All of it runs inside `PRECISE`. Quantities that are asked for are there: the replay has
    checked them.
    """

    #: Value of models.BasisMethod.
    value: ClassVar[str]
    #: Value of models.MatchRule: why a lot is taken unless something else decides.
    rule: ClassVar[str]
    #: Whether lots share one basis per unit.
    averages: ClassVar[bool] = False
    #: Days after a disposal whose acquisitions still decide about it.
    ahead: ClassVar[int] = 0
    #: Whose midnight ends a day, and a tax year, of a ledger that uses this method in any year.
    zone: ClassVar[tzinfo] = UTC

    @abstractmethod
    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        """Go on from these open lots."""

    def foresee(self, steps: Sequence[Step]) -> None:  # noqa: B027 - most need not look ahead
        """What will happen to this book under this method, before any of it does."""

    @abstractmethod
    def add(self, lot: Lot) -> None:
        """The lot of the step that is due, or one that was moved here."""

    @abstractmethod
    def take(self, event: Event, quantity: Decimal) -> list[Piece]:
        """`quantity` units for the event; the lots have them no longer."""

    @abstractmethod
    def settle(self) -> list[Lot]:
        """The lots that are open in the end, oldest first, each with its basis."""


class Ordered(Basis):
    """A method that is an order of lots: each gives its own basis."""

    @abstractmethod
    def _next(self) -> Lot:
        """The open lot that goes first."""

    def take(self, event: Event, quantity: Decimal) -> list[Piece]:  # noqa: ARG002 - the shape's
        pieces = []
        while quantity:
            piece = draw(self._next(), quantity, self.rule)
            quantity -= piece.quantity
            pieces.append(piece)
        return pieces
