"""Where a figure of a portfolio comes from: the assets that sum to it, and on from each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portfolios.lots import ZERO
from portfolios.models import Holding, Portfolio
from portfolios.selectors.book import Book, Position, book

#: Figures that assets sum to.
FIGURES = ("value", "cost", "unrealised", "realised", "rewards", "fees")


@dataclass(frozen=True, slots=True)
class Step:
    """One asset's part; `position` is None for what is no longer held, `amount` None without a
    price.
    """

    symbol: str
    name: str
    amount: Decimal | None
    position: Position | None


@dataclass(frozen=True, slots=True)
class Trail:
    """`steps` with an amount sum to `total`, the largest first."""

    figure: str
    book: Book
    total: Decimal | None
    steps: list[Step]


def trail(portfolio: Portfolio, figure: str) -> Trail:
    """`figure` is one of FIGURES; anything else raises KeyError."""
    if figure not in FIGURES:
        raise KeyError(figure)
    found = book(portfolio)
    steps = [Step(p.symbol, p.name, getattr(p, figure), p) for p in found.positions]
    if figure in {"realised", "rewards", "fees"}:
        steps += _sold_out(portfolio, figure)
        steps = [step for step in steps if step.amount]
    steps.sort(key=lambda step: (step.amount is None, -abs(step.amount or ZERO), step.symbol))
    return Trail(figure, found, getattr(found, figure), steps)


def _sold_out(portfolio: Portfolio, figure: str) -> list[Step]:
    """Assets of which nothing is left, but which left something behind."""
    return [
        Step(row.asset.symbol, row.asset.name or row.asset.symbol, getattr(row, figure), None)
        for row in sold_out(portfolio)
    ]


def sold_out(portfolio: Portfolio) -> list[Holding]:
    """Assets that were held once and are not now, by symbol."""
    rows = Holding.objects.filter(portfolio=portfolio, quantity=0).select_related("asset")
    return list(rows.order_by("asset__symbol"))
