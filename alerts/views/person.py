"""Who looks, and what a dialog answers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User


def person(request: HttpRequest) -> User:
    """The user behind `login_required`."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required ran before
    return request.user


def dialog(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A dialog's content for htmx; without scripts the same thing as a page."""
    if is_htmx(request):
        return render(request, template, context, status=status)
    return render(request, "alerts/dialog_page.html", context | {"dialog": template}, status=status)


def done(request: HttpRequest) -> HttpResponse:
    """Back to the page, afresh."""
    return HttpResponseClientRedirect("/alerts/") if is_htmx(request) else redirect("alerts")


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks (django_htmx's middleware knows)."""
    return bool(getattr(request, "htmx", False))
