"""Template tags of all pages: figures that know the reader's locale and privacy, and drawings.

Every figure is written as `<data value="exact">text</data>`; with `plain=True` as text alone. What
is missing is an en dash that says so, never zero. Builtin in all templates (config/settings.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from html import escape
from typing import Any

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.templatetags import drawings, formats
from config.templatetags.explanations import EXPLANATIONS
from config.templatetags.formats import DASH, Style
from config.templatetags.returns_explanations import OF_RETURNS
from config.templatetags.risk_explanations import OF_RISK

register = template.Library()

EXPLAINED = EXPLANATIONS | OF_RISK | OF_RETURNS

MISSING = format_html('<span class="missing" title="{}">{}</span>', "not available", DASH)
HIDDEN_TEXT = "•••••"
HIDDEN = format_html(
    '<span class="hidden-figure"><span aria-hidden="true">{}</span>'
    '<span class="sr">hidden</span></span>',
    HIDDEN_TEXT,
)
#: What each privacy mode hides: the person's amounts, or every figure of theirs.
HIDES: dict[str, frozenset[str]] = {
    "shown": frozenset(),
    "amounts": frozenset({"amount"}),
    "all": frozenset({"amount", "any"}),
}


def hides(context: Context | Mapping[str, Any], kind: str) -> bool:
    """Whether the reader's privacy mode hides an `amount`, or `any` figure."""
    return kind in HIDES.get(str(context.get("privacy") or "shown"), HIDES["all"])


def _style(context: Context) -> Style:
    return formats.style_of(str(context.get("locale") or "en-US"))


def _figure(
    context: Context,
    value: Any,
    write: Callable[[Decimal, Style], str],
    *,
    kind: str,
    bare: bool,
) -> str:
    """One figure: missing, hidden, or written."""
    number = formats.exact(value)
    if number is None:
        return DASH if bare else MISSING
    if hides(context, kind):
        return HIDDEN_TEXT if bare else HIDDEN
    text = write(number, _style(context))
    return (
        text if bare else SafeString(f'<data value="{formats.plain(number)}">{escape(text)}</data>')
    )


@register.simple_tag(takes_context=True)
def money(
    context: Context,
    value: Any,
    currency: str = "USD",
    *,
    signed: bool = False,
    plain: bool = False,
    digits: int | None = None,
) -> str:
    """An amount that belongs to the reader (hidden with amounts)."""
    return _figure(
        context,
        value,
        lambda n, s: formats.money_text(n, currency, s, signed=signed, digits=digits),
        kind="amount",
        bare=plain,
    )


@register.simple_tag(takes_context=True)
def hero(context: Context, value: Any, currency: str = "USD") -> str:
    """The one large number of a page, its decimals set smaller."""
    number = formats.exact(value)
    if number is None or hides(context, "amount"):
        return money(context, value, currency)
    style = _style(context)
    text = formats.money_text(number, currency, style)
    whole, mark, rest = text.partition(style.decimal)
    return format_html(
        '<data value="{}">{}<small>{}</small></data>', formats.plain(number), whole, mark + rest
    )


@register.simple_tag(takes_context=True)
def price(
    context: Context, value: Any, currency: str = "USD", plain: bool = False, public: bool = False
) -> str:
    """The price of one unit; `public` on market pages, which are about nobody's money."""
    return _figure(
        context,
        value,
        lambda n, s: formats.money_text(n, currency, s, digits=formats.price_digits(n)),
        kind="public" if public else "any",
        bare=plain,
    )


@register.simple_tag(takes_context=True)
def quantity(context: Context, value: Any, plain: bool = False) -> str:
    """Units held."""
    return _figure(context, value, formats.quantity_text, kind="amount", bare=plain)


@register.simple_tag(takes_context=True)
def percent(
    context: Context,
    fraction: Any,
    *,
    digits: int = 2,
    signed: bool = False,
    plain: bool = False,
    public: bool = False,
) -> str:
    """A fraction as percent (0.0184 is 1.84%)."""
    return _figure(
        context,
        fraction,
        lambda n, s: formats.percent_text(n, s, digits=digits, signed=signed),
        kind="public" if public else "any",
        bare=plain,
    )


@register.simple_tag(takes_context=True)
def number(context: Context, value: Any, digits: int = 2, plain: bool = False) -> str:
    """A ratio or a count."""
    return _figure(
        context, value, lambda n, s: formats.number_text(n, digits, s), kind="any", bare=plain
    )


@register.simple_tag(takes_context=True)
def compact(context: Context, value: Any, currency: str = "USD") -> str:
    """A large public amount, shortened: $1.27 B."""
    amount = formats.exact(value)
    if amount is None:
        return MISSING
    for size, unit in ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k")):
        if abs(amount) >= size:
            text = formats.money_text(amount / size, currency, _style(context))
            return format_html(
                '<data value="{}">{}&nbsp;{}</data>', formats.plain(amount), text, unit
            )
    return money(context, value, currency)


def tone_of(value: Any) -> tuple[str, str, str]:
    """Class, arrow and word of a change: never colour alone."""
    number = formats.exact(value)
    if number is None or number == 0:
        return "flat", "•", "unchanged"
    return ("gain", "▲", "up") if number > 0 else ("loss", "▼", "down")


@register.simple_tag(takes_context=True)
def tone(context: Context, value: Any) -> str:
    """The class of a signed figure: gain, loss or flat (flat too where figures are hidden)."""
    return "flat" if hides(context, "any") else tone_of(value)[0]


@register.simple_tag(takes_context=True)
def change(
    context: Context,
    amount: Any = None,
    currency: str = "",
    fraction: Any = None,
    public: bool = False,
) -> str:
    """A change with arrow, sign and colour: amount and percent, or either of them alone."""
    known = [formats.exact(part) for part in (amount, fraction)]
    if known == [None, None]:
        return MISSING
    if not public and hides(context, "any"):
        return HIDDEN
    colour, arrow, word = tone_of(known[0] if known[0] is not None else known[1])
    parts = []
    if known[0] is not None:
        parts.append(money(context, abs(known[0]), currency or "USD"))
    if known[1] is not None:
        share = percent(context, abs(known[1]), public=public)
        parts.append(format_html("({})", share) if parts else share)
    return format_html(
        '<span class="{} nowrap"><span aria-hidden="true">{}</span><span class="sr">{}</span> {}'
        "</span>",
        colour,
        arrow,
        word,
        SafeString(" ".join(parts)),
    )


@register.simple_tag
def ago(when: datetime | None) -> str:
    """How long ago, kept ticking by the page."""
    if when is None:
        return MISSING
    return format_html(
        '<time datetime="{}" data-ago title="{} UTC">{}</time>',
        when.isoformat(),
        f"{when:%Y-%m-%d %H:%M:%S}",
        formats.age_text((timezone.now() - when).total_seconds()),
    )


@register.simple_tag
@lru_cache(maxsize=1024)
def coin(symbol: str, size: str = "") -> str:
    """The round letter that stands for an asset."""
    return format_html(
        '<span class="coin c{} {}" aria-hidden="true">{}</span>',
        drawings.coin_tint(symbol),
        size,
        symbol[:1],
    )


@register.simple_tag
@cache
def icon(name: str, extra: str = "") -> str:
    """A symbol of static/icons.svg."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        "mark" if name == "mark" else f"ic {extra}".strip(),
        static("icons.svg"),
        name,
    )


@register.inclusion_tag("parts/explain.html")
def explain(key: str, figure: Any = None, **facts: Any) -> dict[str, Any]:
    """An info mark. Facts (of `figure` or named): window, observations, source, as_of, formula,
    note, and `trail`, the address of what the figure is made of. An unknown key is a mistake of
    the template and raises KeyError.
    """
    given = dict(figure) if isinstance(figure, Mapping) else {}
    given |= {name: value for name, value in facts.items() if value not in (None, "")}
    days = given.get("window_days")
    return {
        "about": EXPLAINED[key],
        "identity": f"explain-{key}-{secrets.token_hex(3)}",
        "window": given.get("window") or (f"{days} days" if days else ""),
        "observations": given.get("observations"),
        "source": given.get("source") or given.get("venue"),
        "as_of": _moment(given.get("priced_at") or given.get("as_of")),
        "formula": given.get("formula") or EXPLAINED[key].formula,
        "note": given.get("note"),
        "trail": given.get("trail"),
    }


def _moment(when: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(when) if isinstance(when, str) else when


@register.inclusion_tag("parts/load.html", takes_context=True)
def loadline(context: Context, line: Any) -> dict[str, Any]:
    """A limit drawn as a load line, from an `alerts.selectors.LoadLine`."""
    words = {"ok": "clear", "near": "close", "over": "over the line"}
    return {
        "line": line,
        "word": words.get(line.state, "not known"),
        "drawing": drawings.hull(
            *drawings.depth(None if hides(context, "any") else line.fraction_used)
        ),
        "locale": context.get("locale"),
        "privacy": context.get("privacy"),
    }


@register.simple_tag
def spark(points: Sequence[float | None] | None) -> str:
    """A sparkline of closes, oldest first."""
    return drawings.spark(points or [])


@register.simple_tag(takes_context=True)
def ring(context: Context, score: float | None) -> str:
    """The arc around the score; empty where figures are hidden."""
    return drawings.ring(None if hides(context, "any") else score)


@register.simple_tag(takes_context=True)
def bar(context: Context, fraction: float | None, tone: str = "", height: int = 12) -> str:
    """A bar as wide as the fraction; empty where figures are hidden."""
    return drawings.bar(None if hides(context, "any") else fraction, tone, height)


@register.simple_tag(takes_context=True)
def duo(context: Context, first: float | None, second: float | None) -> str:
    """Two bars to compare; empty where figures are hidden."""
    return drawings.duo(None, None) if hides(context, "any") else drawings.duo(first, second)


@register.simple_tag(takes_context=True)
def raw(context: Context, value: Any, kind: str = "amount") -> str:
    """The exact value for scripts that sort and sum; empty where it is missing or hidden."""
    known = formats.exact(value)
    return "" if known is None or hides(context, kind) else formats.plain(known)


@register.filter
def shortly(when: datetime | None) -> str:
    """In a list of news: 14:23 today, Fri within a week, 3 Nov before."""
    if when is None:
        return DASH
    local = timezone.localtime(when)
    days = (timezone.localdate() - local.date()).days
    return f"{local:%H:%M}" if days < 1 else f"{local:%a}" if days < 7 else f"{local:%-d %b}"


@register.filter
def shade(value: float | None) -> str:
    """The class of a heat cell (h0 to h10)."""
    return drawings.shade(value)


@register.filter
def times(value: Decimal | None, other: Decimal | None) -> Decimal | None:
    """A product; None where either is missing."""
    return None if value is None or other is None else value * other


@register.filter
def per(value: Decimal | None, other: Decimal | None) -> Decimal | None:
    """A quotient; None where it has none."""
    return None if value is None or not other else value / other


@register.simple_tag(takes_context=True)
def mix(context: Context, positions: Sequence[Any]) -> str:
    """Shares of value as one bar of tints, largest first; empty where figures are hidden."""
    if hides(context, "any"):
        return drawings.mix([])
    return drawings.mix([(position.symbol, position.share) for position in positions])


@register.filter
def lookup(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """The entry of a mapping; None where there is none."""
    return None if mapping is None else mapping.get(key)
