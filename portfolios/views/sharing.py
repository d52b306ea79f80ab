"""The page Sharing of a portfolio, and the answer to an invitation: plain forms, no script."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from portfolios import services
from portfolios.forms import Described, put_errors
from portfolios.models import Portfolio, Share, ShareRole
from portfolios.selectors import (
    invitations_for,
    portfolio_to_own,
    portfolio_to_see,
    role_of,
    shares_for,
)
from portfolios.views.answers import person


class InviteForm(Described):
    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off", "placeholder": "name@example.com"}),
    )
    role = forms.ChoiceField(label="May", choices=ShareRole.choices)


@login_required
@require_http_methods(["GET", "POST"])
def portfolio_sharing(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """The owner's list with the form that invites; for a guest, who shares it and the way out."""
    portfolio = portfolio_to_see(person(request), portfolio_id)
    if request.method == "GET":
        return _page(request, portfolio, InviteForm())
    portfolio = portfolio_to_own(person(request), portfolio_id)
    form = InviteForm(request.POST)
    if form.is_valid():
        link = request.build_absolute_uri(reverse("portfolios"))
        try:
            share = services.invite(
                portfolio=portfolio, user=person(request), link=link, **form.cleaned_data
            )
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, f"{share.email} is invited.")
            return redirect("portfolio-sharing", portfolio.pk)
    return _page(request, portfolio, form, status=422)


def _page(
    request: HttpRequest, portfolio: Portfolio, form: InviteForm, status: int = 200
) -> HttpResponse:
    form.describe()
    user = person(request)
    context = {
        "portfolio": portfolio,
        "role": role_of(user, portfolio),
        "shares": shares_for(user).filter(portfolio=portfolio).order_by("pk"),
        "form": form,
        "roles": ShareRole.choices,
    }
    return render(request, "portfolios/sharing.html", context, status=status)


@login_required
@require_POST
def share_change(request: HttpRequest, portfolio_id: int, share_id: int) -> HttpResponse:
    """`role` gives another one (owner); `end` takes it back, or leaves (guest)."""
    user = person(request)
    portfolio = portfolio_to_see(user, portfolio_id)
    rows = shares_for(user).filter(portfolio=portfolio)
    share = get_object_or_404(rows, pk=share_id)
    try:
        if "end" in request.POST:
            return _end(request, share)
        services.change_role(share=share, user=user, role=request.POST.get("role", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{share.email}: {ShareRole(share.role).label.lower()}.")
    return redirect("portfolio-sharing", portfolio_id)


def _end(request: HttpRequest, share: Share) -> HttpResponse:
    services.end_share(share=share, user=person(request))
    if share.portfolio.owner_id == person(request).pk:
        messages.success(request, f"{share.email} can no longer see this portfolio.")
        return redirect("portfolio-sharing", share.portfolio_id)
    messages.success(request, f"You left {share.portfolio.name}.")
    return redirect("portfolios")


@login_required
@require_POST
def invitation_answer(request: HttpRequest, share_id: int) -> HttpResponse:
    """`accept` or `decline`."""
    user = person(request)
    share = get_object_or_404(invitations_for(user), pk=share_id)
    try:
        if "accept" in request.POST:
            services.accept(share=share, user=user)
            messages.success(request, f"{share.portfolio.name} is on your list now.")
            return redirect("portfolio-detail", share.portfolio_id)
        services.decline(share=share, user=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "The invitation is gone.")
    return redirect("portfolios")
