"""Tags of the portfolio pages: the tabs that lead from one to the other."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.urls import NoReverseMatch, reverse

from portfolios.models import Portfolio

register = template.Library()

#: Key of a page, its name, and the route it lives at.
TABS = [
    ("overview", "Overview", "portfolio-detail"),
    ("transactions", "Transactions", "portfolio-ledger"),
    ("returns", "Returns", "portfolio-returns"),
    ("targets", "Targets", "portfolio-targets"),
    ("reports", "Reports", "portfolio-reports"),
    ("sharing", "Sharing", "portfolio-sharing"),
    ("attention", "Needs attention", "portfolio-attention"),
]


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: str
    url: str


@register.simple_tag
def tabs_of(portfolio: Portfolio) -> list[Tab]:
    """The pages of one portfolio."""
    found = []
    for key, label, route in TABS:
        try:
            found.append(Tab(key, label, reverse(route, args=[portfolio.pk])))
        except NoReverseMatch:
            continue
    return found
