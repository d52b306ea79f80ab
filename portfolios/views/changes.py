"""The history of a ledger on the page: who changed what, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST, require_safe

from portfolios import services
from portfolios.models import Portfolio, TransactionChange, TransactionType
from portfolios.selectors import portfolio_to_edit, portfolio_to_see, role_of
from portfolios.views.answers import dialog, done, person

#: Changes that the dialog lists.
NEWEST = 60
#: Fields of a content as people call them, in the order of the form.
NAMES = {
    "type": "Type",
    "executed_at": "Date",
    "symbol": "Asset",
    "quantity": "Quantity",
    "to_symbol": "Received",
    "to_quantity": "Received quantity",
    "price": "Price",
    "currency": "Currency",
    "fee": "Fee",
    "fee_symbol": "Fee in",
    "location": "Location",
    "to_location": "To",
    "external_id": "Id",
    "note": "Note",
    "unmatched": "Unmatched",
}
#: What privacy hides.
AMOUNTS = {"quantity", "to_quantity", "price", "fee"}


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    before: str
    after: str
    is_amount: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A change in words."""

    change: TransactionChange
    who: str
    title: str
    fields: list[Field]

    @property
    def is_whole(self) -> bool:
        """The transaction came or went: everything that it said is told, not what differs."""
        return self.change.before is None or self.change.after is None


@login_required
@require_safe
def portfolio_changes(request: HttpRequest, portfolio_id: int) -> HttpResponse:
    """The newest changes of a portfolio, what was deleted included."""
    user = person(request)
    portfolio = portfolio_to_see(user, portfolio_id)
    context = {
        "title": "History",
        "portfolio": portfolio,
        "may_edit": role_of(user, portfolio) != "viewer",
        "changes": told(portfolio.changes.select_related("user")[:NEWEST]),
    }
    return dialog(request, "portfolios/dialogs/changes.html", context)


@login_required
@require_POST
def change_undo(request: HttpRequest, portfolio_id: int, change_id: int) -> HttpResponse:
    """Take a change back; when that cannot be, the dialog says why."""
    user = person(request)
    portfolio = portfolio_to_edit(user, portfolio_id)
    change = get_object_or_404(portfolio.changes.select_related("user"), pk=change_id)
    try:
        services.undo_change(change=change, user=user)
    except ValidationError as error:
        context = {
            "title": "This cannot be taken back",
            "portfolio": portfolio,
            "may_edit": False,
            "refused": " ".join(error.messages),
            "changes": told([change]),
        }
        return dialog(request, "portfolios/dialogs/changes.html", context)
    url = reverse("portfolio-ledger", args=[portfolio.pk])
    return done(request, url, words="Taken back", stay=True)


def changes_of(portfolio: Portfolio, transaction_id: int) -> list[Told]:
    """The history of one transaction, the newest change first."""
    return told(portfolio.changes.filter(transaction_id=transaction_id).select_related("user"))


def told(changes: Iterable[TransactionChange]) -> list[Told]:
    return [Told(one, _who(one), _title(one), _fields(one)) for one in changes]


def _who(change: TransactionChange) -> str:
    if change.user is None:
        return "somebody"
    return str(change.user.name or change.user.email)


def _title(change: TransactionChange) -> str:
    content = change.after or change.before or {}
    kind = dict(TransactionType.choices).get(content.get("type", ""), "")
    return f"{str(kind).lower()} of {content.get('symbol', '')}"


def _fields(change: TransactionChange) -> list[Field]:
    """What differs; for an added or deleted transaction everything that was said."""
    before, after = change.before or {}, change.after or {}
    whole = change.before is None or change.after is None
    found = []
    for key, name in NAMES.items():
        if whole and key in {"type", "symbol"}:
            continue  # the title says them
        old, new = _text(key, before.get(key)), _text(key, after.get(key))
        if old != new and (whole or key in after):
            found.append(Field(name, old, new, key in AMOUNTS))
    return found


def _text(key: str, value: Any) -> str:
    """As people write it; nothing, no and zero say nothing."""
    if value in (None, "", False, 0) or str(value) in {"0", "0E-18"}:
        return ""
    if key == "executed_at":
        at = parse_datetime(str(value))
        return f"{localtime(at):%-d %b %Y, %H:%M}" if at else str(value)
    if key == "type":
        return str(dict(TransactionType.choices).get(str(value), value))
    if key in AMOUNTS and "." in str(value):
        return str(value).rstrip("0").rstrip(".")
    return "yes" if value is True else str(value)
