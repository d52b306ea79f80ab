"""Tags of the Risk page alone: losses as signed money, sizes, trades, and points of a slider."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from config.templatetags import figures, formats

register = template.Library()


@register.simple_tag(takes_context=True)
def lost(context: Context, amount: Any, currency: str = "USD", plain: bool = False) -> str:
    """A loss as what it does to the value: 374 lost is −$374, a gain is +."""  # noqa: RUF002
    known = formats.exact(amount)
    turned = None if known is None else -known
    return figures.money(context, turned, currency, signed=True, plain=plain)


@register.simple_tag(takes_context=True)
def size(context: Context, amount: Any, currency: str = "USD") -> str:
    """An amount without its sign."""
    known = formats.exact(amount)
    return figures.money(context, None if known is None else abs(known), currency)


@register.simple_tag(takes_context=True)
def traded(context: Context, units: Any) -> str:
    """Buy or sell so many units."""
    known = formats.exact(units)
    if known is None:
        return figures.quantity(context, None)
    word = "Buy" if known >= 0 else "Sell"
    return f"{word} {figures.quantity(context, abs(known), plain=True)}"


@register.filter
def magnitude(value: float | None) -> float | None:
    """A figure without its sign."""
    return None if value is None else abs(value)


@register.filter
def points(fraction: float | None) -> str:
    """A fraction as percent points for an input: 0.1234 is 12.3, whatever the locale."""
    return "" if fraction is None else f"{fraction * 100:.1f}"
