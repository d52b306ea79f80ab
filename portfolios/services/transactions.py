"""Writing the ledger: every change is checked, replayed and visible at once, or not made at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.db import transaction as database

from markets.models import Asset
from portfolios.entries import NoMarkError, symbols_of
from portfolios.ledger import OverdrawnError, TooLargeError, extend, rebuild
from portfolios.lots import Kind
from portfolios.models import Portfolio, Transaction, TransactionType
from portfolios.services import cleaning
from portfolios.services.marking import locked, touch

_BATCH = 2000
Content = Mapping[str, Any]


def add_transaction(*, portfolio: Portfolio, **content: Any) -> Transaction:
    """Add one event: type, symbol, quantity, price, currency, fee, fee_symbol, executed_at,
    location, to_location, external_id, note.

    A known `external_id` with the same content returns the row that is there; with another content
    it is an error on `external_id`. Raises ValidationError({field: [message]}).
    """
    _refuse_unknown_fields(content)
    with database.atomic():
        portfolio = locked(portfolio)
        row = cleaning.transaction(dict(content), Transaction(portfolio=portfolio))
        known = _same(row)
        if known is not None:
            return known
        row.save(force_insert=True)
        symbols = symbols_of(row, track_cash=portfolio.track_cash)
        _settle(portfolio, [row], symbols, row=row, is_new=True)
        return row


def add_transactions(*, portfolio: Portfolio, rows: Iterable[Content]) -> list[Transaction]:
    """Add many events with one replay at the end, all or none.

    Rows whose `external_id` is known are left out if equal. Errors name the row:
    ValidationError({"rows": ["row 3, quantity: …"]}), rows counted from 1.
    """
    with database.atomic():
        portfolio = locked(portfolio)
        fresh = _clean_all(portfolio, rows)
        Transaction.objects.bulk_create(fresh, batch_size=_BATCH)
        symbols: set[str] = set()
        for row in fresh:
            symbols |= symbols_of(row, track_cash=portfolio.track_cash)
        if fresh:
            _settle(portfolio, fresh, symbols, row=None)
        return fresh


def edit_transaction(*, transaction: Transaction, **changes: Any) -> Transaction:
    """Change some fields (named as in `add_transaction`); the rest stays as it is."""
    _refuse_unknown_fields(changes)
    with database.atomic():
        portfolio = locked(transaction.portfolio)
        row = _current(portfolio, transaction)
        before, day = symbols_of(row, track_cash=portfolio.track_cash), row.executed_at.date()
        if changes.get("type") not in {None, TransactionType.TRANSFER}:
            changes.setdefault("to_location", "")
        row = cleaning.transaction({**content_of(row), **changes}, row)
        if _same(row) is not None:
            raise ValidationError({"external_id": ["Another transaction has this id."]})
        row.save()
        symbols = before | symbols_of(row, track_cash=portfolio.track_cash)
        _settle(portfolio, [row], symbols, row=row, day=day)
        return row


def delete_transaction(*, transaction: Transaction) -> None:
    """Remove an event, unless a later one then takes more than is held."""
    with database.atomic():
        portfolio = locked(transaction.portfolio)
        row = _current(portfolio, transaction)
        symbols, day = symbols_of(row, track_cash=portfolio.track_cash), row.executed_at.date()
        row.delete()
        _settle(portfolio, [], symbols, row=None, day=day)


def content_of(row: Transaction) -> dict[str, Any]:
    """The transaction as `add_transaction` would be told it."""
    return {
        "type": row.type,
        "symbol": row.asset.symbol,
        "quantity": row.quantity,
        "price": row.price,
        "currency": row.currency,
        "fee": row.fee,
        "fee_symbol": row.fee_asset.symbol if row.fee_asset else None,
        "executed_at": row.executed_at,
        "location": row.location,
        "to_location": row.to_location,
        "external_id": row.external_id,
        "note": row.note,
    }


def _refuse_unknown_fields(content: Content) -> None:
    unknown = set(content) - set(cleaning.FIELDS)
    if unknown:
        raise ValidationError({name: ["There is no such field."] for name in sorted(unknown)})


def _current(portfolio: Portfolio, transaction: Transaction) -> Transaction:
    """The row as it stands under the lock; somebody may have deleted it meanwhile."""
    row = (
        Transaction.objects.filter(portfolio=portfolio, pk=transaction.pk)
        .select_related("asset", "fee_asset")
        .first()
    )
    if row is None:
        raise ValidationError("This transaction was deleted meanwhile.")
    row.portfolio = portfolio
    return row


def _same(row: Transaction) -> Transaction | None:
    """The stored transaction with this external id and content, if there is one.

    Raises an error on `external_id` when the stored one says something else.
    """
    if row.external_id is None:
        return None
    known = _by_external_id(row.portfolio, [row.external_id], but=row.pk)
    return _compare(row, known.get(row.external_id))


def _by_external_id(
    portfolio: Portfolio, ids: list[str], but: int | None = None
) -> dict[str | None, Transaction]:
    rows = Transaction.objects.filter(portfolio=portfolio, external_id__in=ids)
    rows = rows if but is None else rows.exclude(pk=but)
    return {row.external_id: row for row in rows.select_related("asset", "fee_asset")}


def _compare(row: Transaction, known: Transaction | None) -> Transaction | None:
    if known is not None and content_of(known) != content_of(row):
        message = "Another transaction with this id exists, and it says something else."
        raise ValidationError({"external_id": [message]})
    return known


def _clean_all(portfolio: Portfolio, rows: Iterable[Content]) -> list[Transaction]:
    """The rows that are new, checked; raises all complaints at once."""
    contents = list(rows)
    ids = [str(content["external_id"]) for content in contents if content.get("external_id")]
    known, assets = _by_external_id(portfolio, ids), dict[str, Asset | None]()
    fresh: dict[object, Transaction] = {}
    wrong: list[str] = []
    for number, content in enumerate(contents, start=1):
        try:
            _refuse_unknown_fields(content)
            row = cleaning.transaction(dict(content), Transaction(portfolio=portfolio), assets)
            stored = _compare(row, known.get(row.external_id) or fresh.get(row.external_id))
            if stored is None:
                fresh[row.external_id or number] = row
        except ValidationError as error:
            wrong += [f"row {number}, {name}: {m[0]}" for name, m in error.message_dict.items()]
    if wrong:
        raise ValidationError({"rows": wrong})
    return list(fresh.values())


def _settle(
    portfolio: Portfolio,
    rows: list[Transaction],
    symbols: set[str],
    *,
    row: Transaction | None,
    day: date | None = None,
    is_new: bool = False,
) -> None:
    """Replay the touched assets, or say on which field of `row` the ledger refuses."""
    try:
        if not (is_new and row is not None and extend(portfolio, row, symbols)):
            rebuild(portfolio, symbols)
    except OverdrawnError as error:
        _explain_overdrawn(error, row)
    except NoMarkError as error:
        _refuse(error.field, error.message, error.transaction, row)
    except TooLargeError as error:
        culprit = Transaction.objects.get(pk=error.transaction_id)
        _refuse("price", "Quantity times price is too large to keep.", culprit, row)
    days = [transaction.executed_at.date() for transaction in rows]
    touch(portfolio, min([*days, day] if day else days))


def _explain_overdrawn(error: OverdrawnError, row: Transaction | None) -> NoReturn:
    culprit = Transaction.objects.select_related("asset", "fee_asset").get(pk=error.transaction_id)
    held, wanted = plain(error.held), plain(error.wanted)
    when = f"{error.at:%Y-%m-%d %H:%M} UTC"
    message = f"Only {held} {error.symbol} is held at {when}."
    field = "quantity"
    if error.kind is Kind.SPEND and culprit.type != TransactionType.FEE:
        field, message = "fee", f"The fee is {wanted} {error.symbol}. {message}"
    elif error.symbol != culprit.asset.symbol:
        message = f"This costs {wanted} {error.symbol}. {message}"
    _refuse(field, message, culprit, row)


def _refuse(field: str, message: str, culprit: Transaction, row: Transaction | None) -> NoReturn:
    """Blame the field of `row`, or name the other transaction that would become impossible."""
    if row is not None and culprit.pk == row.pk:
        raise ValidationError({field: [message]})
    if culprit.pk is not None:
        message = f"Then this would be impossible: {describe(culprit)}. {message}"
    raise ValidationError({"quantity": [message]} if row is not None else message)


def describe(row: Transaction) -> str:
    """The transaction in words, to name it in a message."""
    at = f"{row.executed_at:%Y-%m-%d %H:%M} UTC"
    return (
        f"the {row.get_type_display().lower()} of {plain(row.quantity)} {row.asset.symbol} of {at}"
    )


def plain(number: Decimal) -> str:
    """Without an exponent and without trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
