"""Making a portfolio from the document that `portfolios.exports` wrote of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from markets.models import Venue
from portfolios.ledger import rebuild_all
from portfolios.models import (
    BasisElection,
    LotChoice,
    Portfolio,
    Target,
    Transaction,
    Watchlist,
)
from portfolios.services import cleaning
from portfolios.services.adding import RowsError, add_transactions
from portfolios.services.marking import touch
from portfolios.services.portfolios import create_portfolio
from portfolios.services.retelling import UntoldError, restore_history
from portfolios.services.wallets import add_wallet
from portfolios.services.watchlists import create_watchlist, watch

if TYPE_CHECKING:
    from accounts.models import User

_KINDS: dict[type, str] = {list: "a list", dict: "an object", str: "a text", bool: "true or false"}
#: Settings beyond those that `create_portfolio` takes.
_REST = ("basis_method", "basis_scope", "tax_year_start", "drift_tolerance", "minimum_order",
         "trade_fee")  # fmt: skip


class MalformedError(ValidationError):
    """The document does not have the shape that an export has; on the field at `path`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__({path: [message]})


def part(document: Mapping[str, Any], name: str, kind: type, path: str) -> Any:
    """The entry of that name and kind; raises `MalformedError` at its path."""
    found = document.get(name)
    if not isinstance(found, kind):
        words = _KINDS.get(kind, kind.__name__)
        raise MalformedError(f"{path}.{name}" if path else name, f"Expected {words}.")
    return found


def restore_portfolio(*, owner: User, document: Mapping[str, Any], path: str = "") -> Portfolio:
    """A portfolio with the same settings, transactions, chosen lots, targets and addresses, and so
    with the same figures; with its history where the document tells it. All or nothing; errors name
    the place in the document.
    """
    settings = part(document, "settings", dict, path)
    with transaction.atomic():
        portfolio = _made(owner, settings, f"{path}.settings")
        told = "changes" in document
        rows = part(document, "transactions", list, path)
        ids = _transactions(portfolio, rows, path, noted=not told)
        _choices(portfolio, part(document, "lot_choices", list, path), ids, path)
        _targets(portfolio, part(document, "targets", list, path), path)
        for wallet in part(document, "wallets", list, path):
            named = {name: str(wallet.get(name, "")) for name in ("address", "chain", "label")}
            add_wallet(portfolio=portfolio, **named)
        if told:
            _history(portfolio, part(document, "changes", list, path), ids, path)
        touch(portfolio, None)
    return portfolio


def restore_watchlist(*, owner: User, document: Mapping[str, Any], path: str = "") -> Watchlist:
    """A list with its assets in their order."""
    with transaction.atomic():
        made = create_watchlist(owner=owner, name=part(document, "name", str, path))
        for item in part(document, "items", list, path):
            watch(watchlist=made, symbol=item.get("symbol", ""), note=item.get("note", ""))
    return made


def _made(owner: User, settings: Mapping[str, Any], path: str) -> Portfolio:
    slug = settings.get("venue")
    venue = Venue.objects.filter(slug=slug).first() if slug else None
    if slug and venue is None:
        raise MalformedError(f"{path}.venue", f"There is no venue {slug} here.")
    portfolio = create_portfolio(
        owner=owner,
        name=part(settings, "name", str, path),
        base_currency=part(settings, "base_currency", str, path),
        benchmark=part(settings, "benchmark", str, path),
        track_cash=part(settings, "track_cash", bool, path),
        venue=venue,
    )
    for name in _REST:
        if name in settings:
            setattr(portfolio, name, settings[name])
    portfolio.clean_fields(exclude=["owner"])
    portfolio.save(update_fields=_REST)
    for year, method in part(settings, "elections", dict, path).items():
        election = BasisElection(portfolio=portfolio, tax_year=year, method=method)
        election.clean_fields()
        election.save()
    return portfolio


def _transactions(
    portfolio: Portfolio, rows: list[Any], path: str, *, noted: bool
) -> dict[Any, Transaction]:
    """The new transactions by the id that each had in the document."""
    known = set(cleaning.FIELDS)
    contents = [{name: row[name] for name in row if name in known} for row in rows]
    try:
        added = add_transactions(
            portfolio=portfolio, rows=contents, user=portfolio.owner, noted=noted
        )
    except RowsError as error:
        place, name, message = error.rows[0]
        raise MalformedError(f"{path}.transactions.{place}.{name}", message) from error
    if len(added) != len(rows):
        raise MalformedError(f"{path}.transactions", "Two transactions have the same external_id.")
    return {row.get("id"): made for row, made in zip(rows, added, strict=True)}


def _choices(
    portfolio: Portfolio, rows: list[Any], ids: Mapping[Any, Transaction], path: str
) -> None:
    """Lots that were chosen by hand; they count from the replay on."""
    made = []
    for place, row in enumerate(rows):
        here = f"{path}.lot_choices.{place}"
        disposal, acquisition = ids.get(row.get("disposal")), ids.get(row.get("acquisition"))
        if disposal is None or acquisition is None:
            raise MalformedError(here, "Names a transaction that is not in the document.")
        check = cleaning.Check()
        quantity = cleaning.amount(row.get("quantity"), "quantity", check, positive=True)
        if quantity is None:
            raise MalformedError(f"{here}.quantity", check.found["quantity"])
        made.append(LotChoice(disposal=disposal, acquisition=acquisition, quantity=quantity))
    if made:
        LotChoice.objects.bulk_create(made)
        rebuild_all(portfolio)


def _history(
    portfolio: Portfolio, rows: list[Any], ids: Mapping[Any, Transaction], path: str
) -> None:
    try:
        restore_history(portfolio, rows, ids)
    except UntoldError as error:
        raise MalformedError(f"{path}.changes.{error.place}", error.words) from error


def _targets(portfolio: Portfolio, rows: list[Any], path: str) -> None:
    for place, row in enumerate(rows):
        check = cleaning.Check()
        asset = cleaning.asset(row.get("symbol"), "symbol", check)
        weight = cleaning.amount(row.get("weight"), "weight", check)
        if asset is None or weight is None:
            name, message = next(iter(check.found.items()))
            raise MalformedError(f"{path}.targets.{place}.{name}", message)
        target = Target(portfolio=portfolio, asset=asset, weight=weight)
        target.clean_fields(exclude=["portfolio", "asset"])
        target.save()
