"""The settings page, and the switches of the top bar."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors, services
from accounts.forms import PreferencesForm, ProfileForm
from accounts.models import User


@login_required
@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """Profile, preferences, and the ways to what keeps the account safe."""
    user = _user(request)
    data = request.POST or None
    # Copies, so that a refused form does not show in the shell around it.
    profile = ProfileForm(data, instance=User.objects.get(pk=user.pk))
    preferences = PreferencesForm(data, instance=selectors.preferences_for(profile.instance))
    if data is not None and profile.is_valid() and preferences.is_valid():
        services.update_profile(user=user, name=profile.cleaned_data["name"], request=request)
        services.update_preferences(user=user, request=request, **preferences.cleaned_data)
        messages.success(request, "Your settings are saved.")
        return redirect("settings")
    context = {
        "profile_form": profile,
        "preferences_form": preferences,
        "sign_ins": selectors.sign_ins_for(user).order_by("-issued_at"),
        "has_second_factor": selectors.has_second_factor(user),
        "is_email_verified": selectors.has_verified_email(user),
        "section": "settings",
    }
    status = 200 if data is None else 400
    return render(request, "accounts/settings.html", context, status=status)


@login_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """`theme`: system, light or dark. The page has switched by itself already."""
    return _switch(request, "theme")


@login_required
@require_POST
def set_privacy(request: HttpRequest) -> HttpResponse:
    """`privacy`: shown, amounts or all. Figures are written by the server: htmx asks anew."""
    return _switch(request, "privacy", refresh=True)


@login_required
@require_POST
def set_range(request: HttpRequest) -> HttpResponse:
    """`range`: 1D 1W 1M 3M YTD 1Y ALL, or two days."""
    return _switch(request, "chart_range", sent_as="range")


@login_required
@require_POST
def set_benchmark(request: HttpRequest) -> HttpResponse:
    """`benchmark`: an asset like BTC, a mix like BTC:60,ETH:40, or nothing."""
    return _switch(request, "benchmark")


@login_required
@require_POST
def end_sign_in(request: HttpRequest, family: uuid.UUID) -> HttpResponse:
    """Revoke one of the person's own API sign-ins."""
    if not services.end_sign_in(user=_user(request), family=family, request=request):
        raise Http404
    messages.success(request, "The API sign-in is ended. Its tokens stopped working.")
    return redirect("settings")


def _switch(
    request: HttpRequest, field: str, *, sent_as: str = "", refresh: bool = False
) -> HttpResponse:
    """204; 400 with the reason when the value is unknown; back to `next` where a plain form asks
    for it.
    """
    name = sent_as or field
    try:
        services.update_preferences(
            user=_user(request), request=request, **{field: request.POST.get(name, "")}
        )
    except ValidationError as error:
        reason = error.message_dict[field][0]
        return JsonResponse({"error": {"code": "invalid", "fields": {name: [reason]}}}, status=400)
    following = request.POST.get("next", "")
    if following and url_has_allowed_host_and_scheme(following, {request.get_host()}):
        return redirect(following)
    return HttpResponse(status=204, headers={"HX-Refresh": "true"} if refresh else {})


def _user(request: HttpRequest) -> User:
    """login_required has let only people through."""
    return cast(User, request.user)
