"""Reports: a tax year's gains on the page, on paper and as CSV."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Privacy
from portfolios import exports
from portfolios.exports.downloads import csv_download
from portfolios.models import Portfolio
from portfolios.selectors import portfolio_to_see, role_of
from portfolios.selectors.gains import Gains, gains, tax_years
from portfolios.views.answers import person

#: Disposals shown at once.
PAGE = 100


@login_required
@require_safe
def portfolio_reports(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """`?year=`; htmx gets the rows that follow with `?skip=`."""
    portfolio = portfolio_to_see(person(request), portfolio_id)
    found, years = _asked(request, portfolio)
    skip = request.GET.get("skip", "")
    start = int(skip) if skip.isdecimal() and len(skip) < 8 else 0
    role = role_of(person(request), portfolio)
    context: dict[str, Any] = {
        "portfolio": portfolio,
        "base": portfolio.base_currency,
        "role": role,
        "may_edit": role != "viewer",
        "report": found,
        "years": [(year, year_words(portfolio, year)) for year in years],
        "title": year_words(portfolio, found.year),
        "sales": found.sales[start : start + PAGE],
        "next": start + PAGE if len(found.sales) > start + PAGE else None,
        "has_any": portfolio.transactions.exists(),
    }
    part = bool(skip)
    template = "portfolios/parts/report_rows.html" if part else "portfolios/reports.html"
    with timezone.override(found.zone):  # a sale is shown on the day that it counts on
        return render(request, template, context)


@login_required
@require_safe
def gains_report(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """Every disposal with its lots on A4."""
    portfolio = portfolio_to_see(person(request), portfolio_id)
    found, _ = _asked(request, portfolio)
    context = {
        "portfolio": portfolio,
        "base": portfolio.base_currency,
        "report": found,
        "title": year_words(portfolio, found.year),
        "made_at": timezone.now(),
    }
    with timezone.override(found.zone):
        return render(request, "portfolios/gains_report.html", context)


@login_required
@require_safe
def gains_csv(request: HttpRequest, portfolio_id: int) -> HttpResponseBase:
    """As the page: what the reader hides is not in the file either."""
    portfolio = portfolio_to_see(person(request), portfolio_id)
    found, _ = _asked(request, portfolio)
    hidden = person(request).preferences.privacy != Privacy.SHOWN
    name = exports.filename(portfolio, f"gains-{found.year}", "csv")
    return csv_download(exports.gains_csv(found, hidden=hidden), name)


def _asked(request: HttpRequest, portfolio: Portfolio) -> tuple[Gains, list[int]]:
    """The year that is asked for, else the newest with a disposal or an income, else this one."""
    years = tax_years(portfolio)
    asked = request.GET.get("year", "")
    if asked:
        if not asked.isdecimal() or int(asked) not in years:
            raise Http404
        return gains(portfolio, int(asked)), years
    return gains(portfolio, years[0]), years


def year_words(portfolio: Portfolio, year: int) -> str:
    """2025, or 2025/26 where the tax year does not begin in January."""
    return str(year) if portfolio.tax_year_start == "01-01" else f"{year}/{(year + 1) % 100:02d}"
