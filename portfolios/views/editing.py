"""Making, changing and removing a portfolio."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import BaseCurrency
from portfolios import services
from portfolios.forms import PortfolioForm, put_errors
from portfolios.selectors import portfolio_to_own
from portfolios.views.answers import dialog, done, person, symbols

_DIALOG = "portfolios/dialogs/portfolio.html"


@login_required
@require_http_methods(["GET", "POST"])
def portfolio_new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    initial = {"base_currency": user.preferences.base_currency, "benchmark": "BTC"}
    form = PortfolioForm(request.POST or None, initial=initial, currencies=BaseCurrency.choices)
    if form.is_bound and form.is_valid():
        try:
            made = services.create_portfolio(owner=user, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            return done(request, reverse("portfolio-detail", args=[made.pk]))
    return _shown(request, form, "New portfolio", "Create portfolio")


@login_required
@require_http_methods(["GET", "POST"])
def portfolio_edit(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    portfolio = portfolio_to_own(person(request), portfolio_id)
    fields = ("name", "base_currency", "benchmark", "track_cash")
    initial = {name: getattr(portfolio, name) for name in fields}
    currencies = dict(BaseCurrency.choices)
    currencies.setdefault(portfolio.base_currency, portfolio.base_currency)
    form = PortfolioForm(request.POST or None, initial=initial, currencies=[*currencies.items()])
    if form.is_bound and form.is_valid():
        try:
            services.update_portfolio(portfolio=portfolio, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            return done(request, reverse("portfolio-detail", args=[portfolio.pk]))
    return _shown(request, form, "Edit portfolio", "Save portfolio")


def _shown(request: HttpRequest, form: PortfolioForm, title: str, verb: str) -> HttpResponse:
    form.describe()
    context = {"title": title, "verb": verb, "symbols": symbols(), "action": request.path}
    return dialog(request, _DIALOG, context, form)


@login_required
@require_http_methods(["GET", "POST"])
def portfolio_delete(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    portfolio = portfolio_to_own(person(request), portfolio_id)
    if request.method == "POST":
        services.delete_portfolio(portfolio=portfolio)
        return done(request, reverse("portfolios"))
    context = {
        "portfolio": portfolio,
        "count": portfolio.transactions.count(),
        "action": request.path,
    }
    return dialog(request, "portfolios/dialogs/delete_portfolio.html", context)
