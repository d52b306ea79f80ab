"""What a person should look at: figures that are missing, old or assumed, each with its fix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from portfolios.models import Lot, Portfolio, Wallet
from portfolios.selectors.book import books

NOT_CONFIGURED = "not configured"


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """`kind` is one of missing_price, stale_price, assumed_basis, wallet; `action` is the label of
    the link `url` that mends it.
    """

    kind: str
    title: str
    detail: str
    url: str
    action: str


def attention(portfolios: Iterable[Portfolio]) -> list[AttentionItem]:
    """Everything that needs a look, gravest first. A negative balance cannot be: it is refused."""
    owned = list(portfolios)
    found = books({p.pk: [p] for p in owned}, {p.pk: p.base_currency for p in owned})
    items: list[AttentionItem] = []
    for portfolio in owned:
        page = reverse("portfolio-detail", args=[portfolio.pk])
        book = found[portfolio.pk]
        items += [_missing(symbol, portfolio, page) for symbol in book.missing]
        if book.stale:
            items.append(_stale(book.stale, portfolio, page))
    return items + _assumed(owned) + _wallets(owned)


def _missing(symbol: str, portfolio: Portfolio, page: str) -> AttentionItem:
    return AttentionItem(
        kind="missing_price",
        title=f"No price for {symbol}",
        detail=f"{portfolio.name} holds it; it is not in the total.",
        url=page,
        action="See the holding",
    )


def _stale(symbols: list[str], portfolio: Portfolio, page: str) -> AttentionItem:
    return AttentionItem(
        kind="stale_price",
        title=f"Old price for {', '.join(symbols)}",
        detail=f"{portfolio.name} is valued with the last price that came.",
        url=page,
        action="See the age",
    )


def _assumed(portfolios: list[Portfolio]) -> list[AttentionItem]:
    rows = (
        Lot.objects.filter(portfolio__in=portfolios, basis_assumed=True, remaining__gt=0)
        .order_by("portfolio__name")
        .values_list("portfolio_id", "portfolio__name")
        .annotate(Count("pk"))
    )
    return [
        AttentionItem(
            kind="assumed_basis",
            title=f"{count} deposit{'s' if count > 1 else ''} without a price",
            detail=f"In {name} the day's close stands for what you paid.",
            url=reverse("portfolio-detail", args=[pk]),
            action="Enter the price",
        )
        for pk, name, count in rows
    ]


def _wallets(portfolios: list[Portfolio]) -> list[AttentionItem]:
    rows = Wallet.objects.filter(portfolio__in=portfolios).exclude(error="")
    return [
        AttentionItem(
            kind="wallet",
            title=f"{wallet.label or wallet.address}: {wallet.error}",
            detail="The balance of this address could not be read.",
            url=reverse("portfolio-detail", args=[wallet.portfolio_id]),
            action="See the wallet",
        )
        for wallet in rows
    ]
