"""Tags of what stands around a ledger: invitations, watchlists."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import QuerySet
from django.template import Context

from accounts.models import User
from config.templatetags import drawings
from config.templatetags.figures import hides
from portfolios.models import Share
from portfolios.selectors import invitations_for
from portfolios.selectors.watchlists import watched_symbols

register = template.Library()


@register.simple_tag
def invitations_of(user: User) -> QuerySet[Share]:
    """What waits for this person to accept or decline."""
    return invitations_for(user)


@register.simple_tag(takes_context=True)
def weightline(context: Context, weight: Any, target: Any, scale: Any) -> str:
    """A weight as a hull filled to it, the mark at its target; empty where figures are hidden."""
    whole = float(scale) * 1.12
    hidden = weight is None or hides(context, "any")
    line = 0.0 if hides(context, "any") else float(target or 0) / whole
    return drawings.hull(None if hidden else float(weight) / whole, line)


@register.simple_tag
def watched_by(user: User) -> set[str]:
    """Symbols that are on a watchlist of this person."""
    return watched_symbols(user)
