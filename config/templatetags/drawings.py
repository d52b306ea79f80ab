"""Small drawings as SVG with attributes only: no style, so the strict policy lets them be.

Coordinates are in the units of each view box; everything here is decoration beside a written
figure and hidden from readers of the page, unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from config.templatetags.formats import DASH

SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 92.0, 28.0, 3.0


def clamp(value: float) -> float:
    """Into 0 to 1."""
    return min(1.0, max(0.0, value))


def spark(points: Sequence[float | None]) -> SafeString:
    """A line of closes, oldest first, gain or loss by its ends; nothing for fewer than two."""
    known = [point for point in points if point is not None]
    if len(known) < 2:
        return format_html('<span class="muted">{}</span>', DASH)
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    step = SPARK_WIDTH / (len(known) - 1)
    usable = SPARK_HEIGHT - 2 * SPARK_EDGE
    path = " L".join(
        f"{index * step:.1f} {SPARK_HEIGHT - SPARK_EDGE - (point - low) / span * usable:.1f}"
        for index, point in enumerate(known)
    )
    tone = "up" if known[-1] >= known[0] else "down"
    return format_html(
        '<svg class="spark {}" viewBox="0 0 92 28" aria-hidden="true"><path d="M{}"/></svg>',
        tone,
        path,
    )


def ring(score: float | None) -> SafeString:
    """The score of 10 as an arc; the figure stands in its middle, written by the template."""
    return format_html(
        '<svg viewBox="0 0 84 84" aria-hidden="true"><circle class="bed" cx="42" cy="42" r="37"/>'
        '<circle class="arc" cx="42" cy="42" r="37" pathLength="100" '
        'stroke-dasharray="{} 100"/></svg>',
        f"{clamp((score or 0.0) / 10) * 100:.0f}",
    )


def bar(fraction: float | None, tone: str = "", height: int = 12) -> SafeString:
    """One bar as wide as `fraction` of its box; `tone` is a class (gain, loss, accent)."""
    return format_html(
        '<svg aria-hidden="true" height="{0}"><rect class="{1}" width="{2}%" height="{0}" '
        'rx="{3}"/></svg>',
        height,
        tone,
        f"{clamp(fraction or 0.0) * 100:.2f}",
        height / 2 if height < 6 else 4,
    )


def duo(first: float | None, second: float | None) -> SafeString:
    """Two bars to compare: share of value above, share of risk below."""
    return format_html(
        '<svg aria-hidden="true" height="19"><rect class="w" width="{}%" height="8" rx="4"/>'
        '<rect class="r" y="11" width="{}%" height="8" rx="4"/></svg>',
        f"{clamp(first or 0.0) * 100:.2f}",
        f"{clamp(second or 0.0) * 100:.2f}",
    )


def hull(fill: float | None, line: float) -> SafeString:
    """A load line: the hull filled to `fill`, the Plimsoll mark at `line` (both 0 to 1)."""
    return format_html(
        '<svg class="hull" aria-hidden="true" height="10">'
        '<rect class="bed" width="100%" height="10" rx="5"/>'
        '<rect class="fill" width="{}%" height="10" rx="5"/>'
        '<svg x="{}%" y="5" overflow="visible" class="plim">'
        '<circle r="7"/><path d="M-12 0h24"/></svg></svg>',
        f"{clamp(fill or 0.0) * 100:.1f}",
        f"{clamp(line) * 100:.1f}",
    )


def mix(shares: Sequence[tuple[str, float | None]]) -> SafeString:
    """One bar cut by shares (they sum to 1), each part in its asset's tint."""
    at, parts = 0.0, []
    for symbol, share in shares:
        if not share:
            continue
        parts.append((coin_tint(symbol), f"{at * 100:.2f}", f"{clamp(share) * 100:.2f}"))
        at += share
    rects = format_html_join("", '<rect class="c{}" x="{}%" width="{}%" height="8"/>', parts)
    return format_html('<svg aria-hidden="true" height="8">{}</svg>', rects)


def depth(used: float | None) -> tuple[float, float]:
    """Where the fill and the line stand on a hull when `used` of the line is used (1: at it)."""
    top = max(used or 0.0, 1.0) * 1.33
    return (used or 0.0) / top, 1 / top


def shade(value: float | None) -> str:
    """The class of a heat cell: h0 to h10 for 0 to 1; what lies below zero is h0."""
    return f"h{round(clamp(value or 0.0) * 10)}"


def coin_tint(symbol: str) -> int:
    """One of eight tints, the same for a symbol on every page."""
    fixed = {"BTC": 0, "ETH": 1, "SOL": 2, "USDC": 3, "USDT": 3, "USD": 7}
    return fixed.get(symbol, sum(ord(letter) * (at + 3) for at, letter in enumerate(symbol)) % 8)
