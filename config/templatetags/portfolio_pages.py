"""Tags of the portfolio pages: their tabs, how many things need a look, what a book is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.core.cache import cache
from django.template import Context
from django.urls import reverse

from config.templatetags import drawings
from config.templatetags.figures import hides
from portfolios.models import Portfolio
from portfolios.selectors import attention, role_of
from portfolios.selectors.access import Role
from portfolios.selectors.allocation import Part

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
#: A count beside a tab may be this old; an edit makes it new at once.
COUNT_SECONDS = 60
#: The tint of what is no single asset, and how many others there are.
OTHERS, TINTS = 7, 7


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: str
    url: str


@register.simple_tag
def tabs_of(portfolio: Portfolio) -> list[Tab]:
    """The pages of one portfolio."""
    return [Tab(key, label, reverse(route, args=[portfolio.pk])) for key, label, route in TABS]


@register.simple_tag(takes_context=True)
def role_here(context: Context, portfolio: Portfolio) -> Role | None:
    """What the reader of the page may do with the portfolio."""
    return role_of(context["user"], portfolio)


@register.simple_tag
def attention_count(portfolio: Portfolio) -> int:
    """How many things of this portfolio need a look; kept for a minute or until the next edit."""
    key = f"attention-count:{portfolio.pk}:{portfolio.revision}"
    found = cache.get(key)
    if found is None:
        found = len(attention([portfolio]))
        cache.set(key, found, COUNT_SECONDS)
    return int(found)


@dataclass(frozen=True, slots=True)
class Tinted:
    """A part and the number of its tint (css/tokens.css)."""

    part: Part
    tint: int


@register.filter
def tinted(parts: Iterable[Part]) -> list[Tinted]:
    """Each part in its asset's own tint where that is free, else in the next free one."""
    return list(_tinted(parts))


def _tinted(parts: Iterable[Part]) -> Iterator[Tinted]:
    free = list(range(TINTS))
    for part in parts:
        if part.label.endswith(" others") and not part.symbol:
            yield Tinted(part, OTHERS)
            continue
        free = free or list(range(TINTS))
        wanted = drawings.coin_tint(part.symbol or part.label)
        tint = wanted if wanted in free else free[0]
        free.remove(tint)
        yield Tinted(part, tint)


@register.simple_tag(takes_context=True)
def shares_data(
    context: Context,
    portfolio: Portfolio,
    few: Iterable[Part],
    many: Iterable[Part],
    currency: str,
) -> dict[str, Any]:
    """What `data-chart="shares"` draws: no amounts where they are hidden, nothing where all is."""
    if hides(context, "any"):
        return {"items": []}
    few = list(few)
    count = sum(part.holds for part in few)
    noun = "asset" if any(part.symbol for part in few) else "part"
    return {
        "currency": currency,
        "middle": [str(count), noun if count == 1 else f"{noun}s"],
        "items": [_item(context, portfolio, one) for one in _tinted(few)],
        "tiles": [_item(context, portfolio, one) for one in _tinted(many)],
    }


def _item(context: Context, portfolio: Portfolio, one: Tinted) -> dict[str, Any]:
    part = one.part
    return {
        "label": part.label,
        "share": round(part.share, 6),
        "value": None if hides(context, "amount") else round(float(part.value), 2),
        "tint": one.tint,
        "url": reverse("portfolio-asset", args=[portfolio.pk, part.symbol]) if part.symbol else "",
    }


@register.filter
def span(days: int) -> str:
    """A time held: 12 d, 5 mo, 2 y 3 mo."""
    if days < 61:
        return f"{days} d"
    years, rest = divmod(days, 365)
    months = rest * 12 // 365
    if not years:
        return f"{months} mo"
    return f"{years} y {months} mo" if months else f"{years} y"
