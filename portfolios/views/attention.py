"""The page Needs attention: every item with the buttons that mend it. Plain forms, no script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from portfolios import services
from portfolios.models import Portfolio
from portfolios.selectors import book, portfolio_to_edit, portfolio_to_see, role_of
from portfolios.selectors.findings import KINDS, LISTED, Finding, Found, findings
from portfolios.views.answers import person


@dataclass(frozen=True)
class Group:
    """The items of one kind; `more` are not listed."""

    kind: str
    title: str
    items: list[Finding]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.items)


@login_required
@require_http_methods(["GET", "POST"])
def portfolio_attention(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """POST `kind`, `key` and `fix` mends one item, `undo` takes a mend back, `again` shows what was
    dismissed. `?done=` names the change that can be undone.
    """
    if request.method == "POST":
        return _mend(request, portfolio_to_edit(person(request), portfolio_id))
    portfolio = portfolio_to_see(person(request), portfolio_id)
    found = findings(portfolio, book(portfolio))
    role = role_of(person(request), portfolio)
    context = {
        "portfolio": portfolio,
        "role": role,
        "may_edit": role != "viewer",
        "groups": _groups(found),
        "count": found.count,
        "listed": LISTED,
        "dismissed": portfolio.dismissals.count(),
        "done": _done(portfolio, request.GET.get("done", "")),
    }
    return render(request, "portfolios/attention.html", context)


def _groups(found: Found) -> list[Group]:
    return [
        Group(kind, words.capitalize(), found.items[kind], found.counts[kind])
        for kind, words in KINDS.items()
        if kind in found.items
    ]


def _done(portfolio: Portfolio, asked: str) -> Any:
    if not asked.isdecimal() or len(asked) > 18:
        return None
    return portfolio.changes.filter(pk=int(asked), undone_by=None).first()


def _mend(request: HttpRequest, portfolio: Portfolio) -> HttpResponse:
    page = reverse("portfolio-attention", args=[portfolio.pk])
    try:
        if "undo" in request.POST:
            return redirect(_undone(request, portfolio, page))
        if "again" in request.POST:
            services.bring_back(portfolio=portfolio)
            return redirect(page)
        asked = {name: request.POST.get(name, "") for name in ("kind", "key", "fix")}
        mended = services.mend(portfolio=portfolio, user=person(request), **asked)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(page)
    messages.success(request, mended.message)
    return redirect(f"{page}?done={mended.change}" if mended.change else page)


def _undone(request: HttpRequest, portfolio: Portfolio, page: str) -> str:
    pk = request.POST.get("undo", "")
    known = portfolio.changes.filter(pk=int(pk) if pk.isdecimal() and len(pk) < 19 else 0)
    change = get_object_or_404(known)
    services.undo_change(change=change, user=person(request))
    messages.success(request, "It is as it was before.")
    return page
