"""Who shares what with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from portfolios.models import Share

if TYPE_CHECKING:
    from accounts.models import User


def shares_for(user: User) -> QuerySet[Share]:
    """The shares this person gave, and those they accepted."""
    mine = Q(portfolio__owner=user) | Q(user=user, accepted_at__isnull=False)
    return Share.objects.filter(mine).select_related("portfolio__owner", "user")


def invitations_for(user: User) -> QuerySet[Share]:
    """Invitations that wait for this person: to an address that they have shown to be theirs."""
    confirmed = EmailAddress.objects.filter(user=user, verified=True)
    waiting = Share.objects.filter(user=None).exclude(portfolio__owner=user)
    found = waiting.annotate(address=Lower("email")).filter(
        address__in=confirmed.values(address=Lower("email"))
    )
    return found.select_related("portfolio", "invited_by").order_by("-pk")


def shared_with(user: User) -> QuerySet[Share]:
    """The shares that this person accepted."""
    return Share.objects.filter(user=user, accepted_at__isnull=False).select_related(
        "portfolio__owner"
    )
