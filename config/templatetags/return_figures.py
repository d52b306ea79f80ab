"""Tags of the Returns page: heat of a return, bars on both sides of zero."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html

from config.templatetags.drawings import clamp
from config.templatetags.figures import hides

register = template.Library()

#: A month at or beyond this is as dark as it gets.
STRONGEST = 0.25
STEPS = 5


@register.simple_tag(takes_context=True)
def heat_of(context: Context, fraction: float | None) -> str:
    """The class of a cell: up1 to up5, down1 to down5; nothing for 0, unknown or hidden."""
    if not fraction or hides(context, "any"):
        return ""
    step = min(STEPS, 1 + int(abs(fraction) / STRONGEST * STEPS))
    return f"{'up' if fraction > 0 else 'down'}{step}"


@register.simple_tag(takes_context=True)
def both_ways(context: Context, fraction: Any, widest: float | None) -> str:
    """A bar from the middle: right and green for a gain, left and red for a loss."""
    if fraction is None or not widest or hides(context, "any"):
        return format_html('<svg class="ways" aria-hidden="true" height="{}"></svg>', 10)
    width = clamp(abs(float(fraction)) / widest) * 50
    return format_html(
        '<svg class="ways" aria-hidden="true" height="10"><rect class="{}" x="{}%" width="{}%" '
        'height="10" rx="3"/></svg>',
        "gain" if fraction > 0 else "loss",
        f"{50 if fraction > 0 else 50 - width:.2f}",
        f"{width:.2f}",
    )
