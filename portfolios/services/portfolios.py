"""Making, changing and removing portfolios. Errors are on the field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db import transaction as database

from markets.models import Venue
from portfolios.entries import NoMarkError
from portfolios.ledger import OverdrawnError, TooLargeError, rebuild_all
from portfolios.marks import price_venue
from portfolios.models import Portfolio
from portfolios.services import cleaning
from portfolios.services.content import plain
from portfolios.services.marking import locked, touch

if TYPE_CHECKING:
    from accounts.models import User

FIELDS = ("name", "base_currency", "benchmark", "track_cash", "venue")
NAME_TAKEN = "You have a portfolio of this name."
#: Changes after which every lot and every daily value means something else.
_REPLAY = {"base_currency", "track_cash", "venue"}


def create_portfolio(
    *,
    owner: User,
    name: str,
    base_currency: str = "USD",
    benchmark: str = "BTC",
    track_cash: bool = False,
    venue: Venue | None = None,
) -> Portfolio:
    """A new, empty portfolio; its name is unique among its owner's."""
    portfolio = Portfolio(owner=owner, track_cash=track_cash, venue=venue)
    _clean(portfolio, name=name, base_currency=base_currency, benchmark=benchmark)
    portfolio.valued_at = price_venue(portfolio)
    with database.atomic():
        _save(portfolio)
        touch(portfolio, None)
    return portfolio


def update_portfolio(*, portfolio: Portfolio, **changes: Any) -> Portfolio:
    """Change some of name, base_currency, benchmark, track_cash, venue.

    A new base currency or venue, or tracking cash, replays the whole ledger, and is refused where
    the ledger would not hold.
    """
    unknown = set(changes) - set(FIELDS)
    if unknown:
        raise ValidationError({field: ["There is no such field."] for field in sorted(unknown)})
    with database.atomic():
        portfolio = locked(portfolio)
        before = {field: getattr(portfolio, field) for field in FIELDS}
        _clean(portfolio, **changes)
        changed = {field for field in FIELDS if getattr(portfolio, field) != before[field]}
        _save(portfolio, FIELDS)
        if changed & _REPLAY:
            _replay(portfolio, next(f for f in FIELDS if f in changed & _REPLAY))
        if changed:
            touch(portfolio, None)
    portfolio.refresh_from_db()
    return portfolio


def delete_portfolio(*, portfolio: Portfolio) -> None:
    """Remove the portfolio and everything in it."""
    with database.atomic():
        locked(portfolio).delete()


def _clean(portfolio: Portfolio, **content: Any) -> None:
    check = cleaning.Check()
    for field, value in content.items():
        if field in {"base_currency", "benchmark"}:
            found = cleaning.asset(value, field, check)
            value = found.symbol if found else ""  # noqa: PLW2901 - the checked form of it
        elif field == "name":
            value = _name(portfolio, value, check)  # noqa: PLW2901
        setattr(portfolio, field, value)
    if len(portfolio.base_currency) > 12:
        check.add("base_currency", "At most 12 characters.")
    check.stop()


def _save(portfolio: Portfolio, fields: Sequence[str] | None = None) -> None:
    """Save; the name may have been taken since it was checked."""
    try:
        with database.atomic():
            portfolio.save(update_fields=fields)
    except IntegrityError as error:
        if "portfolios_name_once" not in str(error):
            raise
        raise ValidationError({"name": [NAME_TAKEN]}) from error


def _name(portfolio: Portfolio, value: Any, check: cleaning.Check) -> str:
    name = str(value or "").strip()
    same = Portfolio.objects.filter(owner=portfolio.owner_id, name=name).exclude(pk=portfolio.pk)
    if not name:
        check.add("name", "Give it a name.")
    elif len(name) > 80 or "\x00" in name:
        check.add("name", "At most 80 characters.")
    elif same.exists():
        check.add("name", NAME_TAKEN)
    return name


def _replay(portfolio: Portfolio, field: str) -> None:
    """Replay every asset; the lots of cash that is no longer tracked go with the rest."""
    portfolio.daily_values.all().delete()
    portfolio.valued_at = price_venue(portfolio)
    portfolio.save(update_fields=["valued_at"])
    try:
        rebuild_all(portfolio)
    except OverdrawnError as error:
        message = f"At {error.at:%Y-%m-%d %H:%M} UTC {plain(error.wanted)} {error.symbol} is needed"
        raise ValidationError(
            {field: [f"{message} and only {plain(error.held)} is held{error.where}."]}
        ) from error
    except NoMarkError as error:
        raise ValidationError({field: [error.message]}) from error
    except TooLargeError as error:
        raise ValidationError({field: ["An amount would be too large to keep."]}) from error
