"""The dialogs that write the ledger, and what helps to fill them in."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_safe

from portfolios import services
from portfolios.forms import TransactionForm, initial_of, now_here, put_errors
from portfolios.models import Portfolio, Transaction
from portfolios.selectors import (
    editable_portfolios_for,
    portfolio_to_edit,
    portfolio_to_see,
    transaction_to_edit,
)
from portfolios.selectors.listed import locations_of
from portfolios.selectors.suggested import suggested_price
from portfolios.views.answers import by_htmx, dialog, done, person, symbols

_DIALOG = "portfolios/dialogs/transaction.html"
#: What the next transaction takes over from the last when one follows the other.
KEPT = ("type", "executed_at", "currency", "fee_symbol", "location", "to_location")


@login_required
@require_http_methods(["GET", "POST"])
def transaction_new_any(request: HttpRequest) -> HttpResponse:
    """Add to a portfolio that the form asks for (the dashboard shows all of them)."""
    owned = editable_portfolios_for(person(request))
    if not owned.exists():
        return dialog(request, "portfolios/dialogs/first.html", {})
    return _save_new(request, _form(request, portfolios=owned), None)


@login_required
@require_http_methods(["GET", "POST"])
def transaction_new(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    portfolio = portfolio_to_edit(person(request), portfolio_id)
    return _save_new(request, _form(request, portfolio=portfolio), portfolio)


@login_required
@require_safe
def transaction_copy(request: HttpRequest, portfolio_id: int, transaction_id: int) -> HttpResponse:
    """The form of a new transaction, filled with another one's content and dated now."""
    user = person(request)
    row = transaction_to_edit(user, transaction_id, portfolio_id)
    initial = {**initial_of(row, user.preferences.locale), "executed_at": now_here()}
    form = TransactionForm(None, initial=initial, locale=user.preferences.locale)
    action = reverse("transaction-new", args=[portfolio_id])
    return _shown(request, form, row.portfolio, "Add transaction", action=action)


def _form(
    request: HttpRequest,
    *,
    portfolio: Portfolio | None = None,
    portfolios: QuerySet[Portfolio] | None = None,
) -> TransactionForm:
    initial = {
        "type": "buy",
        "symbol": request.GET.get("symbol", ""),
        "currency": portfolio.base_currency if portfolio else "",
        "executed_at": now_here(),
    }
    locale = person(request).preferences.locale
    return TransactionForm(
        request.POST or None, initial=initial, locale=locale, portfolios=portfolios
    )


def _save_new(
    request: HttpRequest, form: TransactionForm, portfolio: Portfolio | None
) -> HttpResponse:
    if form.is_bound and form.is_valid():
        into = portfolio or form.cleaned_data["portfolio"]
        try:
            row = services.add_transaction(portfolio=into, user=person(request), **form.content())
        except ValidationError as error:
            put_errors(form, error)
        else:
            words = f"{row.get_type_display()} of {row.asset.symbol} saved"
            if "again" in request.POST and by_htmx(request):
                return _another(request, form, portfolio, words)
            url = reverse("portfolio-detail", args=[into.pk])
            return done(request, url, words=words, stay=True)
    return _shown(request, form, portfolio, "Add transaction")


def _another(
    request: HttpRequest, saved: TransactionForm, portfolio: Portfolio | None, words: str
) -> HttpResponse:
    """The next form, with what usually stays the same; the page hears of what was saved."""
    initial = {name: saved.data.get(name, "") for name in KEPT}
    portfolios = None if portfolio else editable_portfolios_for(person(request))
    if portfolios is not None:
        initial["portfolio"] = saved.data.get("portfolio", "")
    form = TransactionForm(None, initial=initial, locale=saved.locale, portfolios=portfolios)
    answer = _shown(request, form, portfolio, "Add transaction")
    answer["HX-Trigger"] = json.dumps({"portfolio-changed": {}, "plimsoll:toast": {"title": words}})
    return answer


def _shown(
    request: HttpRequest,
    form: TransactionForm,
    portfolio: Portfolio | None,
    title: str,
    *,
    row: Transaction | None = None,
    action: str = "",
) -> HttpResponse:
    form.describe()
    context = {
        "title": title,
        "portfolio": portfolio,
        "symbols": symbols(),
        "places": locations_of(portfolio) if portfolio else [],
        "action": action or request.path,
        "row": row,
    }
    return dialog(request, _DIALOG, context, form)


@login_required
@require_http_methods(["GET", "POST"])
def transaction_edit(request: HttpRequest, portfolio_id: int, transaction_id: int) -> HttpResponse:
    user = person(request)
    row = transaction_to_edit(user, transaction_id, portfolio_id)
    locale = user.preferences.locale
    form = TransactionForm(request.POST or None, initial=initial_of(row, locale), locale=locale)
    if form.is_bound and form.is_valid():
        seen = parse_datetime(request.POST.get("seen", "") or "")
        try:
            services.edit_transaction(
                transaction=row, user=user, expected_updated_at=seen, **form.content()
            )
        except ValidationError as error:
            put_errors(form, error)
        else:
            url = reverse("portfolio-detail", args=[portfolio_id])
            return done(request, url, words="Transaction saved", stay=True)
    return _shown(request, form, row.portfolio, "Edit transaction", row=row)


@login_required
@require_http_methods(["GET", "POST"])
def transaction_delete(
    request: HttpRequest, portfolio_id: int, transaction_id: int
) -> HttpResponse:
    """POST deletes at once: the answer carries the way to undo it. A refusal says why."""
    user = person(request)
    row = transaction_to_edit(user, transaction_id, portfolio_id)
    refused = ""
    if request.method == "POST":
        try:
            services.delete_transaction(transaction=row, user=user)
        except ValidationError as error:
            refused = " ".join(error.messages)
        else:
            return _deleted(request, row, portfolio_id, transaction_id)
    context = {"title": "Delete transaction", "row": row, "refused": refused}
    context["action"] = request.path
    return dialog(request, "portfolios/dialogs/delete_transaction.html", context)


def _deleted(
    request: HttpRequest, row: Transaction, portfolio_id: int, transaction_id: int
) -> HttpResponse:
    words = f"{row.get_type_display()} of {row.asset.symbol} deleted"
    change = row.portfolio.changes.filter(transaction_id=transaction_id).first()
    undo = reverse("change-undo", args=[portfolio_id, change.pk]) if change else ""
    url = reverse("portfolio-ledger", args=[portfolio_id])
    return done(request, url, words=words, stay=True, undo=undo)


@login_required
@require_safe
def suggestion(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """What the asset cost on the day of the form, for htmx: `?symbol=&executed_at=&currency=`."""
    portfolio = portfolio_to_see(person(request), portfolio_id)
    at = parse_datetime(request.GET.get("executed_at", "") or "")
    if at is not None and timezone.is_naive(at):
        at = timezone.make_aware(at)
    found = None
    if at is not None:
        currency = request.GET.get("currency", "") or portfolio.base_currency
        found = suggested_price(portfolio, request.GET.get("symbol", ""), currency, at)
    context: dict[str, Any] = {"found": found, "portfolio": portfolio}
    return render(request, "portfolios/parts/suggestion.html", context)
