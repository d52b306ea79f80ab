"""Where a figure comes from, as a dialog: the parts that sum to it, each leading further down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portfolios.models import Portfolio
from portfolios.ranges import range_or_default
from portfolios.selectors import performance, portfolio_to_see, role_of, transactions_for
from portfolios.selectors import trails as selectors
from portfolios.selectors.listed import effects_of
from portfolios.views.answers import dialog, person
from portfolios.views.changes import changes_of

#: What a trail is headed with, and what it says below.
WORDS = {
    "value": ("Where the value comes from", "Units × newest price, asset by asset."),  # noqa: RUF001
    "cost": ("What it has cost", "What is left of each lot at what it cost, fees included."),
    "unrealised": ("Profit on what you hold", "Value − cost of the lots that are left."),  # noqa: RUF001
    "realised": ("Realised profit", "Proceeds − basis of every unit that left by a sale."),  # noqa: RUF001
    "rewards": ("Income", "Rewards, airdrops and forks at their worth when they came."),
    "fees": ("Fees", "For information: costs and gains contain them already."),
}


@login_required
@require_safe
def portfolio_trail(request: HttpRequest, portfolio_id: int, figure: str) -> HttpResponse:
    """`figure` is one of WORDS, or `change` with `?range=`."""
    portfolio = portfolio_to_see(person(request), portfolio_id)
    if figure == "change":
        context = _change(request, portfolio)
        return dialog(request, "portfolios/dialogs/trail_change.html", context)
    if figure not in WORDS:
        raise Http404(figure)
    title, words = WORDS[figure]
    found = selectors.trail(portfolio, figure)
    context = {"title": title, "words": words, "portfolio": portfolio, "trail": found}
    return dialog(request, "portfolios/dialogs/trail.html", context)


def _change(request: HttpRequest, portfolio: Portfolio) -> dict[str, Any]:
    """End − start − flows of a range, from the stored days."""  # noqa: RUF002
    wishes = [request.GET.get("range", ""), person(request).preferences.chart_range]
    wanted = range_or_default(wishes, datetime.now(UTC).date())
    found = performance([portfolio], portfolio.base_currency, wanted.start, wanted.end)
    return {
        "title": f"Profit {wanted.words}",
        "portfolio": portfolio,
        "found": found,
        "range": wanted,
        "base": portfolio.base_currency,
    }


@login_required
@require_safe
def transaction_trail(request: HttpRequest, portfolio_id: int, transaction_id: int) -> HttpResponse:
    """What one transaction did: the lots it opened, those it used, who wrote and changed it."""
    user = person(request)
    portfolio = portfolio_to_see(user, portfolio_id)
    row = transactions_for(user).filter(portfolio=portfolio, pk=transaction_id).first()
    if row is None:
        raise Http404
    opened, used = effects_of(row)
    context = {
        "title": "About this transaction",
        "portfolio": portfolio,
        "row": row,
        "opened": opened,
        "used": used,
        "changes": changes_of(portfolio, row.pk),
        "may_edit": role_of(user, portfolio) != "viewer",
    }
    return dialog(request, "portfolios/dialogs/about_transaction.html", context)
