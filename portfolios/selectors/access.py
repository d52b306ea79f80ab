"""Who may see, edit and own what. What a person may not see is not found.

Owned rows are reached through here alone. A portfolio is its owner's; a share that was accepted
lets somebody else look at it (viewer) or write its ledger, imports and targets (editor). Its
name, settings, shares and its removal stay with the owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from portfolios.models import Lot, Portfolio, Share, ShareRole, Transaction, Wallet

if TYPE_CHECKING:
    from accounts.models import User

Role = Literal["owner", "editor", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)

LOOK_ONLY = "This portfolio is shared with you to look at: you cannot change it."
OWNER_ONLY = "Only the owner of this portfolio can do that."


def portfolios_for(user: User) -> QuerySet[Portfolio]:
    """Everything that this person may look at: their own and what is shared with them."""
    seen = Portfolio.objects.filter(Q(owner=user) | _shared(user))
    return seen.select_related("venue", "owner")


def editable_portfolios_for(user: User) -> QuerySet[Portfolio]:
    """Those whose ledger this person may write."""
    mine = Q(owner=user) | _shared(user, ShareRole.EDITOR)
    return Portfolio.objects.filter(mine).select_related("venue", "owner")


def own_portfolios_for(user: User) -> QuerySet[Portfolio]:
    """Their own: what "all portfolios" adds up, and whose settings are theirs to change."""
    return Portfolio.objects.filter(owner=user).select_related("venue", "owner")


def role_of(user: User, portfolio: Portfolio) -> Role | None:
    """None: this person is not to know that there is such a portfolio."""
    if portfolio.owner_id == user.pk:
        return "owner"
    shares = Share.objects.filter(portfolio=portfolio, user=user, accepted_at__isnull=False)
    roles = set(shares.values_list("role", flat=True))
    if ShareRole.EDITOR in roles:
        return "editor"
    return "viewer" if roles else None


def portfolio_to_see(user: User, portfolio_id: Any) -> Portfolio:
    """Http404 for a stranger."""
    return get_object_or_404(portfolios_for(user), pk=portfolio_id)


def portfolio_to_edit(user: User, portfolio_id: Any) -> Portfolio:
    """Http404 for a stranger, PermissionDenied for a viewer."""
    portfolio = portfolio_to_see(user, portfolio_id)
    if role_of(user, portfolio) not in {"owner", "editor"}:
        raise PermissionDenied(LOOK_ONLY)
    return portfolio


def portfolio_to_own(user: User, portfolio_id: Any) -> Portfolio:
    """Http404 for a stranger, PermissionDenied for whom it is only shared with."""
    portfolio = portfolio_to_see(user, portfolio_id)
    if portfolio.owner_id != user.pk:
        raise PermissionDenied(OWNER_ONLY)
    return portfolio


def transactions_for(user: User) -> QuerySet[Transaction]:
    """Transactions of all portfolios that the person may look at."""
    rows = Transaction.objects.filter(portfolio__in=portfolios_for(user).values("pk"))
    return rows.select_related("portfolio__venue", "asset", "fee_asset", "to_asset")


def transaction_to_edit(
    user: User, transaction_id: Any, portfolio_id: int | None = None
) -> Transaction:
    """Http404 for a stranger, PermissionDenied for a viewer."""
    rows = transactions_for(user)
    if portfolio_id is not None:
        rows = rows.filter(portfolio=portfolio_id)
    row = get_object_or_404(rows, pk=transaction_id)
    portfolio_to_edit(user, row.portfolio_id)
    return row


def lots_for(user: User) -> QuerySet[Lot]:
    """Lots of all portfolios that the person may look at."""
    rows = Lot.objects.filter(portfolio__in=portfolios_for(user).values("pk"))
    return rows.select_related("asset", "portfolio")


def wallets_for(user: User) -> QuerySet[Wallet]:
    """Addresses of all portfolios that the person may look at."""
    rows = Wallet.objects.filter(portfolio__in=portfolios_for(user).values("pk"))
    return rows.select_related("portfolio")


def wallet_to_edit(user: User, wallet_id: Any) -> Wallet:
    """Http404 for a stranger, PermissionDenied for a viewer."""
    wallet = get_object_or_404(wallets_for(user), pk=wallet_id)
    portfolio_to_edit(user, wallet.portfolio_id)
    return wallet


def _shared(user: User, *roles: str) -> Q:
    """Two addresses of one person may have been invited: a subquery, or rows would come twice."""
    shares = Share.objects.filter(user=user, accepted_at__isnull=False)
    if roles:
        shares = shares.filter(role__in=roles)
    return Q(pk__in=shares.values("portfolio"))
