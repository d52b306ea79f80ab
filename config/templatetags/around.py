"""Tags of what stands around a ledger: invitations, watchlists."""

from __future__ import annotations

from django import template
from django.db.models import QuerySet

from accounts.models import User
from portfolios.models import Share
from portfolios.selectors import invitations_for

register = template.Library()


@register.simple_tag
def invitations_of(user: User) -> QuerySet[Share]:
    """What waits for this person to accept or decline."""
    return invitations_for(user)
