"""The dialogs and buttons of channels."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from alerts import services
from alerts.forms import ChannelForm
from alerts.models import Channel
from alerts.selectors import channels_for
from alerts.views.person import dialog, done, person


def _own(request: HttpRequest, channel_id: int) -> Channel:
    return get_object_or_404(channels_for(person(request)), pk=channel_id)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Add an e-mail channel."""
    form = ChannelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            address = form.cleaned_data["address"]
            services.create_channel(owner=person(request), kind=form.kind, address=address)
        except ValidationError as error:
            form.refuse(error)
        else:
            return done(request)
    return dialog(request, "alerts/dialogs/channel.html", {"form": form})


@login_required
@require_POST
def test(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Send a test message; the history shows what became of it."""
    channel = _own(request, channel_id)
    try:
        services.send_test(channel=channel)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"A test message is on its way: {channel}.")
    return done(request)


@login_required
@require_POST
def switch(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Switch a channel off or on."""
    channel = _own(request, channel_id)
    services.update_channel(channel=channel, enabled=not channel.enabled)
    return done(request)


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Ask, then remove."""
    channel = _own(request, channel_id)
    if request.method == "GET":
        return dialog(request, "alerts/dialogs/delete_channel.html", {"channel": channel})
    try:
        services.delete_channel(channel=channel)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return done(request)
