"""The page and the two parts of it that follow what happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from alerts import services
from alerts.models import DeliveryState, Event, Rule
from alerts.selectors import (
    LoadLine,
    channels_for,
    events_for,
    monitor_status,
    readings_for,
    rules_for,
    spec_of,
    unread_count,
)
from alerts.selectors.lines import line_of, phrase_of
from alerts.views.person import done, person

PAGE_SIZE = 30
SHOWS = {
    "all": ("All", Q()),
    "unread": ("Unread", Q(read_at=None)),
    "fired": ("Over the line", Q(fired=True)),
    "cleared": ("Cleared", Q(fired=False, rule__isnull=False)),
}


@dataclass(frozen=True)
class RuleLine:
    """A rule with its load line; `fill` and `mark` are percent of the drawn hull."""

    rule: Rule
    line: LoadLine
    phrase: str
    clears_at: float
    fill: str
    mark: str


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Rules as load lines, the history, the channels."""
    user = person(request)
    services.default_channels(user)
    context = {
        "lines": _lines(user),
        "channels": channels_for(user),
        "monitor": monitor_status(user),
        **_history(request, user),
    }
    return render(request, "alerts/page.html", context)


@login_required
@require_GET
def lines(request: HttpRequest) -> HttpResponse:
    """The rules alone, for the page to refresh."""
    user = person(request)
    context = {"lines": _lines(user), "monitor": monitor_status(user)}
    return render(request, "alerts/parts/lines.html", context)


@login_required
@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """The history alone, filtered by `show` and `rule`, older than `before`."""
    return render(request, "alerts/parts/history.html", _history(request, person(request)))


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Every alert is read."""
    services.mark_read(person(request), "all")
    return done(request)


def _lines(user: User) -> list[RuleLine]:
    rules = list(rules_for(user).prefetch_related("channels"))
    readings = readings_for(rules)
    drawn = [_draw(rule, line_of(rule, readings[rule.pk])) for rule in rules]
    return sorted(drawn, key=lambda one: (not one.rule.enabled, -(one.line.fraction_used or 0)))


def _draw(rule: Rule, line: LoadLine) -> RuleLine:
    """The hull is filled by how much of the limit is used; the mark sits at three quarters."""
    fill = min((line.fraction_used or 0) * 75, 100)
    return RuleLine(
        rule, line, phrase_of(rule), float(spec_of(rule).clears_at), f"{fill:.1f}", "75.0"
    )


def _history(request: HttpRequest, user: User) -> dict[str, Any]:
    show = request.GET.get("show", "all")
    show = show if show in SHOWS else "all"
    rule = request.GET.get("rule", "")
    found = _filtered(user, show, rule, request.GET.get("before", ""))
    events = list(found.prefetch_related("deliveries__channel")[: PAGE_SIZE + 1])
    more = len(events) > PAGE_SIZE
    events = events[:PAGE_SIZE]
    return {
        "events": events,
        "show": show,
        "chosen_rule": rule,
        "shows": [(name, label) for name, (label, _) in SHOWS.items()],
        "history_rules": rules_for(user),
        "unread": unread_count(user),
        "has_history": bool(events) or events_for(user).exists(),
        "older": _older(show, rule, events[-1].pk) if more else "",
        "failed": DeliveryState.FAILED,
    }


def _filtered(user: User, show: str, rule: str, before: str) -> QuerySet[Event]:
    found = events_for(user).filter(SHOWS[show][1])
    if rule.isdecimal():
        found = found.filter(rule_id=int(rule))
    if before.isdecimal():
        found = found.filter(pk__lt=int(before))
    return found


def _older(show: str, rule: str, last: int) -> str:
    return urlencode({"show": show, "rule": rule, "before": last})
