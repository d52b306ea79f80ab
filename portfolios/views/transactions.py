"""The ledger on the page: a filtered list that grows, and the dialogs that write it."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime
from django.views.decorators.http import require_http_methods, require_safe

from portfolios import services
from portfolios.forms import TransactionForm, initial_of, now_here, put_errors
from portfolios.models import Portfolio, Transaction, TransactionType
from portfolios.selectors import (
    editable_portfolios_for,
    portfolio_to_edit,
    portfolio_to_see,
    transaction_to_edit,
    transactions_for,
)
from portfolios.views.answers import dialog, done, person, symbols

PAGE = 25
_DIALOG = "portfolios/dialogs/transaction.html"


@login_required
@require_safe
def transactions(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """Rows for htmx: `?type=&asset=&since=&until=`, and `after` for the ones that follow."""
    portfolio = portfolio_to_see(person(request), portfolio_id)
    more = "after" in request.GET
    template = "portfolios/parts/transaction_rows.html" if more else "portfolios/parts/ledger.html"
    return render(request, template, page_of(request, portfolio))


def page_of(request: HttpRequest, portfolio: Portfolio) -> dict[str, Any]:
    """One page of the ledger, newest first, and the way to the next."""
    asked = {name: request.GET.get(name, "") for name in ("type", "asset", "since", "until")}
    rows = _filtered(transactions_for(person(request)).filter(portfolio=portfolio), asked)
    after = _read_cursor(request.GET.get("after", ""))
    if after is not None:
        moment, last = after
        rows = rows.filter(Q(executed_at__lt=moment) | Q(executed_at=moment, pk__lt=last))
    found = list(rows.order_by("-executed_at", "-id")[: PAGE + 1])
    shown = found[:PAGE]
    return {
        "portfolio": portfolio,
        "rows": shown,
        "after": _cursor(shown[-1]) if len(found) > PAGE else "",
        "filters": asked,
        "is_filtered": any(asked.values()),
        "types": TransactionType.choices,
    }


def _filtered(rows: QuerySet[Transaction], asked: dict[str, str]) -> QuerySet[Transaction]:
    if asked["type"] in TransactionType.values:
        rows = rows.filter(type=asked["type"])
    if asked["asset"]:
        rows = rows.filter(asset__symbol__istartswith=asked["asset"].strip())
    since, until = _day(asked["since"]), _day(asked["until"])
    if since is not None:
        rows = rows.filter(executed_at__date__gte=since)
    return rows if until is None else rows.filter(executed_at__date__lte=until)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _cursor(row: Transaction) -> str:
    text = f"{row.executed_at.isoformat()}|{row.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    """None for what is no cursor: the list then starts at its beginning."""
    try:
        moment, _, last = base64.urlsafe_b64decode(text).decode().partition("|")
        at = parse_datetime(moment)
        return None if at is None else (at, int(last))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


@login_required
@require_http_methods(["GET", "POST"])
def transaction_new_any(request: HttpRequest) -> HttpResponse:
    """Add to a portfolio that the form asks for (the dashboard shows all of them)."""
    owned = editable_portfolios_for(person(request))
    if not owned.exists():
        return dialog(request, "portfolios/dialogs/first.html", {})
    form = _form(request, portfolios=owned)
    return _save_new(request, form, None)


@login_required
@require_http_methods(["GET", "POST"])
def transaction_new(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    portfolio = portfolio_to_edit(person(request), portfolio_id)
    return _save_new(request, _form(request, portfolio=portfolio), portfolio)


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
            row = services.add_transaction(portfolio=into, **form.content())
        except ValidationError as error:
            put_errors(form, error)
        else:
            words = f"{row.get_type_display()} of {row.asset.symbol} saved"
            return done(
                request, reverse("portfolio-detail", args=[into.pk]), words=words, stay=True
            )
    return _shown(request, form, portfolio, "Add transaction")


def _shown(
    request: HttpRequest, form: TransactionForm, portfolio: Portfolio | None, title: str
) -> HttpResponse:
    form.describe()
    context = {"title": title, "portfolio": portfolio, "symbols": symbols(), "action": request.path}
    return dialog(request, _DIALOG, context, form)


@login_required
@require_http_methods(["GET", "POST"])
def transaction_edit(request: HttpRequest, portfolio_id: int, transaction_id: int) -> HttpResponse:
    row = transaction_to_edit(person(request), transaction_id, portfolio_id)
    locale = person(request).preferences.locale
    form = TransactionForm(request.POST or None, initial=initial_of(row, locale), locale=locale)
    if form.is_bound and form.is_valid():
        try:
            services.edit_transaction(transaction=row, **form.content())
        except ValidationError as error:
            put_errors(form, error)
        else:
            url = reverse("portfolio-detail", args=[portfolio_id])
            return done(request, url, words="Transaction saved", stay=True)
    return _shown(request, form, row.portfolio, "Edit transaction")


@login_required
@require_http_methods(["GET", "POST"])
def transaction_delete(
    request: HttpRequest, portfolio_id: int, transaction_id: int
) -> HttpResponse:
    row = transaction_to_edit(person(request), transaction_id, portfolio_id)
    refused = ""
    if request.method == "POST":
        try:
            services.delete_transaction(transaction=row)
        except ValidationError as error:
            refused = " ".join(error.messages)
        else:
            url = reverse("portfolio-detail", args=[portfolio_id])
            return done(request, url, words="Transaction deleted", stay=True)
    context = {"row": row, "refused": refused, "action": request.path}
    return dialog(request, "portfolios/dialogs/delete_transaction.html", context)
