"""The Dashboard: one number first, then its risk, what it is made of, and what needs a look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Privacy, User
from alerts.selectors import events_for, load_lines
from config.pages.tolerance import tolerance_line
from portfolios.models import Portfolio
from portfolios.ranges import NAMED
from portfolios.selectors import own_portfolios_for, portfolio_to_see, portfolios_for
from portfolios.selectors.hero import chart, summary
from portfolios.selectors.overview import Overview, overview
from risk.selectors import risk_answer

#: Load lines on the card, below the one of the person's own tolerance.
LINES = 2

#: Parts that htmx asks for alone, by the id of the element they replace.
PARTS = {
    "hero": "portfolios/parts/hero.html",
    "holdings": "portfolios/parts/holdings.html",
    "risk-card": "dashboard/parts/risk.html",
    "attention": "dashboard/parts/attention.html",
    "alerts-card": "dashboard/parts/alerts.html",
}


@dataclass(frozen=True)
class Asked:
    """What a request is about: the portfolios shown together in `base`, and the range wished."""

    user: User
    owned: list[Portfolio]
    chosen: Portfolio | None
    base: str
    range: str

    @property
    def live_id(self) -> str:
        return str(self.chosen.pk) if self.chosen else "all"

    @cached_property
    def overview(self) -> Overview:
        wishes = [self.range, self.user.preferences.chart_range]
        return overview(self.owned, self.base, wishes, self.live_id)


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """`?portfolio=` an id (none: all together), `?range=` a range; parts of it for htmx."""
    user = cast(User, request.user)
    part = request.headers.get("HX-Target", "")
    if part == "feed-box":  # pages that stay open ask whether their prices are still live
        return render(request, "parts/feed.html")
    chosen = _chosen(request, user)
    owned = [chosen] if chosen else list(own_portfolios_for(user))
    base = chosen.base_currency if chosen else user.preferences.base_currency
    asked = Asked(user, owned, chosen, base, request.GET.get("range", ""))
    page_url = f"/?portfolio={asked.live_id}"
    context: dict[str, Any] = {"portfolio": chosen, "page_url": page_url}
    if not owned and not part and (shared := portfolios_for(user).first()):
        return redirect(f"/?portfolio={shared.pk}")
    if not owned:
        empty = render(request, "dashboard/empty.html", context)
        return HttpResponse(headers={"HX-Refresh": "true"}) if part in PARTS else empty
    for fill in [_FILL[part]] if part in PARTS else dict.fromkeys(_FILL.values()):
        context |= fill(asked)
    return render(request, PARTS.get(part, "dashboard/page.html"), context)


def _chosen(request: HttpRequest, user: User) -> Portfolio | None:
    wanted = request.GET.get("portfolio", "")
    if wanted in {"", "all"}:
        return None
    if not wanted.isdecimal():
        raise Http404
    return portfolio_to_see(user, int(wanted))


def _hero(asked: Asked) -> dict[str, Any]:
    seen, preferences = asked.overview, asked.user.preferences
    mode = preferences.privacy
    hidden = {"amounts_hidden": mode != Privacy.SHOWN, "all_hidden": mode == Privacy.ALL}
    return {
        "overview": seen,
        "ranges": NAMED,
        "range_refused": bool(asked.range) and seen.range.key != asked.range,
        "chart": chart(seen.hero, **hidden),
        "chart_words": summary(seen.hero, **hidden),
        "saved_range": preferences.chart_range,
    }


def _holdings(asked: Asked) -> dict[str, Any]:
    return {"overview": asked.overview}


def _risk(asked: Asked) -> dict[str, Any]:
    drawn = [line for line in load_lines(asked.user, asked.chosen) if line.subject == "risk"]
    answer = risk_answer(asked.chosen or asked.owned, base=asked.base, book=asked.overview.book)
    return {
        "answer": answer,
        "lines": [tolerance_line(asked.user, answer), *drawn[:LINES]],
        "risk_id": asked.live_id,
    }


def _attention(asked: Asked) -> dict[str, Any]:
    return {"items": asked.overview.attention}


def _alerts(asked: Asked) -> dict[str, Any]:
    return {"events": list(events_for(asked.user)[:5])}


_FILL: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "hero": _hero,
    "holdings": _holdings,
    "risk-card": _risk,
    "attention": _attention,
    "alerts-card": _alerts,
}
