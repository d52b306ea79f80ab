"""The one door to owned rows: another person's row is not found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from portfolios.models import Lot, Portfolio, Transaction, Wallet

if TYPE_CHECKING:
    from accounts.models import User


def portfolios_for(user: User) -> QuerySet[Portfolio]:
    return Portfolio.objects.filter(owner=user).select_related("venue")


def transactions_for(user: User) -> QuerySet[Transaction]:
    rows = Transaction.objects.filter(portfolio__owner=user)
    return rows.select_related("portfolio__venue", "asset", "fee_asset")


def lots_for(user: User) -> QuerySet[Lot]:
    return Lot.objects.filter(portfolio__owner=user).select_related("asset", "portfolio")


def wallets_for(user: User) -> QuerySet[Wallet]:
    return Wallet.objects.filter(portfolio__owner=user).select_related("portfolio")
