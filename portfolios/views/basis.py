"""The dialogs of cost basis: how it is reckoned, and which lots a transaction takes."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from portfolios import services
from portfolios.basis_forms import BasisForm, LotsForm
from portfolios.forms import put_errors
from portfolios.models import BasisMethod, JobState, Portfolio, Recalculation, Transaction
from portfolios.selectors import portfolio_to_own, portfolio_to_see, transaction_to_edit
from portfolios.selectors.lot_choices import lot_options, method_of
from portfolios.selectors.records import recalculations_for
from portfolios.views.answers import by_htmx, dialog, done, person

_WORKING = (JobState.WAITING, JobState.RUNNING)


@login_required
@require_http_methods(["GET", "POST"])
def portfolio_basis(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """Method, scope and tax year; saved, they are reckoned in the background."""
    portfolio = portfolio_to_own(person(request), portfolio_id)
    wanted, first = services.settings_of(portfolio), _first_year(portfolio)
    form = BasisForm(request.POST or None, first_year=first, wanted=wanted)
    if form.is_bound and form.is_valid():
        try:
            services.request_recalculation(
                portfolio=portfolio, user=person(request), **form.content()
            )
        except ValidationError as error:
            put_errors(form, error)
        else:
            if not by_htmx(request):
                return done(request, request.path)
    form.describe()
    context = {
        "title": "Cost basis",
        "portfolio": portfolio,
        "action": request.path,
        **_job(request, portfolio),
    }
    return dialog(request, "portfolios/dialogs/basis.html", context, form)


@login_required
@require_safe
def basis_progress(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """How far the recalculation is; when it is done the page behind asks for its figures."""
    portfolio = portfolio_to_see(person(request), portfolio_id)
    context = {"portfolio": portfolio, **_job(request, portfolio)}
    answer = render(request, "portfolios/parts/basis_progress.html", context)
    job = context["job"]
    if isinstance(job, Recalculation) and job.state == JobState.DONE:
        answer["HX-Trigger"] = json.dumps({"portfolio-changed": {}})
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def transaction_lots(request: HttpRequest, portfolio_id: int, transaction_id: int) -> HttpResponse:
    """Which lots the transaction takes units of (specific identification)."""
    user = person(request)
    row = transaction_to_edit(user, transaction_id, portfolio_id)
    options = lot_options(row)
    form = LotsForm(request.POST or None, options=options, locale=user.preferences.locale)
    if form.is_bound and form.is_valid():
        try:
            services.choose_lots(transaction=row, choices=form.choices(), user=user)
        except ValidationError as error:
            form.put(error)
        else:
            url = reverse("portfolio-ledger", args=[portfolio_id])
            return done(request, url, words="Lots chosen", stay=True)
    form.describe()
    method = BasisMethod(method_of(row))
    context = {
        "title": "Choose lots",
        "row": row,
        "portfolio": row.portfolio,
        "action": request.path,
        "method": method.label,
        "may_choose": method == BasisMethod.SPECIFIC,
    }
    return dialog(request, "portfolios/dialogs/lots.html", context, form)


def _first_year(portfolio: Portfolio) -> int:
    """The tax year of the first transaction, by the calendar year it starts in."""
    first = Transaction.objects.filter(portfolio=portfolio).order_by("executed_at").first()
    return services.tax_year_at(portfolio, first.executed_at if first else None)


def _job(request: HttpRequest, portfolio: Portfolio) -> dict[str, object]:
    rows = recalculations_for(person(request)).filter(portfolio=portfolio)
    job = rows.order_by("-pk").first()
    return {"job": job, "is_working": job is not None and job.state in _WORKING}
