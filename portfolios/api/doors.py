"""From a request to the rows its sender owns; another person's are not found."""

from __future__ import annotations

from typing import cast

from django.shortcuts import get_object_or_404
from rest_framework.request import Request

from accounts.models import User
from portfolios.models import Portfolio, Transaction
from portfolios.selectors import portfolios_for, transactions_for


def person(request: Request) -> User:
    """Who asks; the API's permissions let nobody in who is not signed in."""
    return cast("User", request.user)


def portfolio_of(request: Request, portfolio_id: int) -> Portfolio:
    return get_object_or_404(portfolios_for(person(request)), pk=portfolio_id)


def transaction_of(request: Request, portfolio_id: int, transaction_id: int) -> Transaction:
    rows = transactions_for(person(request)).filter(portfolio=portfolio_id)
    return get_object_or_404(rows, pk=transaction_id)
