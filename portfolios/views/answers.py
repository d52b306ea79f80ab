"""How every dialog answers, with htmx and without."""

from __future__ import annotations

import json
from typing import Any, cast

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from markets.models import Asset


def person(request: HttpRequest) -> User:
    """login_required has let only people through."""
    return cast(User, request.user)


def by_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def dialog(
    request: HttpRequest, template: str, context: dict[str, Any], form: BaseForm | None = None
) -> HttpResponse:
    """The dialog alone for htmx, in a page of its own otherwise: 422 when the form has errors.

    htmx gets errors as 200: browsers report any 4xx in the console, and this is no failure.
    """
    context = {**context, "form": form, "dialog": template}
    if by_htmx(request):
        return render(request, template, context)
    refused = context.get("refused") or (form is not None and form.is_bound and form.errors)
    return render(request, "parts/dialog_page.html", context, status=422 if refused else 200)


def done(
    request: HttpRequest, url: str, *, words: str = "", stay: bool = False, undo: str = ""
) -> HttpResponse:
    """After a write: `stay` closes the dialog and has the page ask for what changed; `undo` is the
    address that takes it back.
    """
    if not by_htmx(request):
        return redirect(url)
    if not stay:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    toast = {"title": words, "undo": undo}
    events = {"dialog:close": {}, "portfolio-changed": {}, "plimsoll:toast": toast}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})


def symbols() -> list[tuple[str, str]]:
    """What the fields for assets suggest: symbol and name."""
    return list(Asset.objects.filter(is_active=True).values_list("symbol", "name"))
