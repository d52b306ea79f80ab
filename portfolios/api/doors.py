"""From a request to the rows its sender may see, edit or own.

Another person's are not found (404); a viewer who writes, and a guest who does what only the owner
may, are told so (403).
"""

from __future__ import annotations

from typing import cast

from django.shortcuts import get_object_or_404
from rest_framework.request import Request

from accounts.models import User
from portfolios.models import Portfolio, Transaction
from portfolios.selectors import (
    portfolio_to_edit,
    portfolio_to_own,
    portfolio_to_see,
    transaction_to_edit,
    transactions_for,
)


def person(request: Request) -> User:
    """Who asks; the API's permissions let nobody in who is not signed in."""
    return cast("User", request.user)


def portfolio_of(request: Request, portfolio_id: int) -> Portfolio:
    """To look at."""
    return portfolio_to_see(person(request), portfolio_id)


def editable_portfolio_of(request: Request, portfolio_id: int) -> Portfolio:
    """To write its ledger, imports and targets."""
    return portfolio_to_edit(person(request), portfolio_id)


def own_portfolio_of(request: Request, portfolio_id: int) -> Portfolio:
    """To change its settings, share or remove it."""
    return portfolio_to_own(person(request), portfolio_id)


def transaction_of(request: Request, portfolio_id: int, transaction_id: int) -> Transaction:
    """To look at."""
    rows = transactions_for(person(request)).filter(portfolio=portfolio_id)
    return get_object_or_404(rows, pk=transaction_id)


def editable_transaction_of(
    request: Request, portfolio_id: int, transaction_id: int
) -> Transaction:
    """To change or remove."""
    return transaction_to_edit(person(request), transaction_id, portfolio_id)
