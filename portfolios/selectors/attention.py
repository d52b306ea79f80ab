"""What a person should look at: figures that are missing, old or assumed, in a line each.

The items themselves, with the buttons that mend them, are `findings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.urls import reverse

from portfolios.models import Portfolio
from portfolios.selectors.book import Book, books
from portfolios.selectors.findings import KINDS, Found, findings

NOT_CONFIGURED = "not configured"
ACTIONS = {
    "missing_price": "See the asset",
    "unmatched": "Add what is missing",
    "negative": "Add the transfer",
    "duplicate": "Compare them",
    "assumed_basis": "Enter the price",
    "stale_price": "See the age",
    "wallet": "See the wallet",
}


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """Things of one kind in one portfolio. `kind` is a key of `findings.KINDS`; `action` is the
    label of the link `url`, where they are mended; `count`: how many they are.
    """

    kind: str
    title: str
    detail: str
    url: str
    action: str
    count: int = 1


def attention(
    portfolios: Iterable[Portfolio], held: Mapping[int, Book] | None = None
) -> list[AttentionItem]:
    """Everything that needs a look, gravest kind first, several of a kind in one line.

    `held`: the portfolios' own books by id, where the caller has them.
    """
    owned = list(portfolios)
    if held is None:
        held = books({p.pk: [p] for p in owned}, {p.pk: p.base_currency for p in owned})
    items = [one for p in owned for one in _lines(p, findings(p, held[p.pk]))]
    order = list(KINDS)
    return sorted(items, key=lambda item: order.index(item.kind))


def _lines(portfolio: Portfolio, found: Found) -> Iterator[AttentionItem]:
    page = reverse("portfolio-attention", args=[portfolio.pk])
    for kind, listed in found.items.items():
        count = found.counts[kind]
        first = listed[0]
        title = first.title if count == 1 else f"{count} {KINDS[kind]}"
        detail = first.detail if count == 1 else f"In {portfolio.name}; the newest: {first.title}."
        yield AttentionItem(kind, title, detail, f"{page}#{kind}", ACTIONS[kind], count)
