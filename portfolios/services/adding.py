"""Adding many transactions at once: one replay at the end, all rows or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction as database
from django.utils import timezone

from portfolios.copying import copy_rows, new_ids
from portfolios.entries import NoMarkError
from portfolios.ledger import Outcome, OverdrawnError, TooLargeError, rebuild, symbols_in
from portfolios.models import ChangeAction, ImportJob, Portfolio, Transaction
from portfolios.services import cleaning
from portfolios.services.drafts import Drafts
from portfolios.services.history import note_all
from portfolios.services.marking import locked, touch
from portfolios.services.refusals import blame, impossible, too_dear
from portfolios.services.transactions import (
    Content,
    by_external_id,
    compare,
    refuse_unknown_fields,
)

if TYPE_CHECKING:
    from accounts.models import User

#: A row's place in what was given (from 0), the field, what is wrong with it.
RowError = tuple[int, str, str]

_COLUMNS = (
    "id",
    "portfolio_id",
    "type",
    "asset_id",
    "quantity",
    "to_asset_id",
    "to_quantity",
    "price",
    "currency",
    "fee",
    "fee_asset_id",
    "executed_at",
    "location",
    "to_location",
    "external_id",
    "note",
    "unmatched",
    "import_job_id",
    "created_at",
    "updated_at",
)


class RowsError(ValidationError):
    """Complaints about many rows: `rows` as data, `{"rows": ["row 3, quantity: …"]}` as words,
    where rows are counted from 1.
    """

    def __init__(self, rows: list[RowError]) -> None:
        self.rows = rows
        super().__init__({"rows": [f"row {n + 1}, {field}: {text}" for n, field, text in rows]})


def add_transactions(
    *,
    portfolio: Portfolio,
    rows: Iterable[Content],
    user: User | None = None,
    job: ImportJob | None = None,
    noted: bool = True,
) -> list[Transaction]:
    """Add many events with one replay at the end, all or none; returns the new ones. `noted` off:
    the caller writes their history.

    Rows whose `external_id` is known are left out if equal. Raises `RowsError`, or ValidationError
    where a transaction that is stored already would become impossible.
    """
    with database.atomic():
        portfolio = locked(portfolio)
        places = _clean_all(portfolio, rows)
        fresh = list(places.values())
        if not fresh:
            return fresh
        _store(fresh, job)
        if noted and job is None:  # of an import the job tells who, when and from which file
            note_all(portfolio, fresh, ChangeAction.ADD, user)
        since = min(row.executed_at for row in fresh)
        try:
            found = rebuild(portfolio, symbols_in(portfolio, fresh), since, fresh=fresh)
        except (OverdrawnError, NoMarkError, TooLargeError) as error:
            raise _explained(error, places) from error
        _refuse_fees(found, places)
        touch(portfolio, since.date())
        return fresh


def _clean_all(portfolio: Portfolio, rows: Iterable[Content]) -> dict[int, Transaction]:
    """The rows that are new, checked, by their place; raises all complaints at once."""
    contents = list(rows)
    known, looked_up = _known(portfolio, contents), cleaning.Known()
    drafts, fresh = Drafts(portfolio), dict[int, Transaction]()
    here: dict[str, Transaction] = {}
    wrong: list[RowError] = []
    for place, content in enumerate(contents):
        try:
            refuse_unknown_fields(content)
            row = cleaning.transaction(dict(content), drafts.new(), looked_up)
            name = row.external_id
            if name is None or compare(row, known.get(name) or here.get(name)) is None:
                fresh[place] = row
                if name is not None:
                    here[name] = row
        except ValidationError as error:
            wrong += [(place, name, texts[0]) for name, texts in error.message_dict.items()]
    if wrong:
        raise RowsError(wrong)
    return fresh


def _known(portfolio: Portfolio, contents: list[Content]) -> dict[str | None, Transaction]:
    """Stored transactions whose external id one of the rows has."""
    wanted = {str(c["external_id"]).strip() for c in contents if c.get("external_id")}
    if not wanted:
        return {}
    rows = Transaction.objects.filter(portfolio=portfolio, external_id__isnull=False)
    there = set(rows.order_by().values_list("external_id", flat=True))
    return by_external_id(portfolio, sorted(wanted & there))


def _store(fresh: list[Transaction], job: ImportJob | None) -> None:
    now, job_id = timezone.now(), None if job is None else job.pk
    for pk, row in zip(new_ids(Transaction, len(fresh)), fresh, strict=True):
        row.pk, row.created_at, row.updated_at, row.import_job_id = pk, now, now, job_id
        row._state.adding = False  # noqa: SLF001 - it is stored by the COPY
    copy_rows(Transaction, _COLUMNS, _values(fresh))


def _values(fresh: Iterable[Transaction]) -> Iterator[list[Any]]:
    for row in fresh:
        stored = row.__dict__
        yield [stored[column] for column in _COLUMNS]


def _refuse_fees(found: Outcome, places: dict[int, Transaction]) -> None:
    by_id = {row.pk: place for place, row in places.items()}
    dear = [by_id[pk] for pk in too_dear(found, by_id)]
    if dear:
        rows = [(n, "fee", cleaning.TOO_DEAR[places[n].type]) for n in sorted(dear)]
        raise RowsError(rows)


def _explained(
    error: OverdrawnError | NoMarkError | TooLargeError, places: dict[int, Transaction]
) -> ValidationError:
    """In the words of the rows that were given, else of the stored transaction it hits."""
    by_id = {row.pk: place for place, row in places.items()}
    found: list[RowError] = []
    first = ""
    for each in (error, *(error.also if isinstance(error, OverdrawnError) else ())):
        field, message, culprit = blame(each, places.values())
        if culprit.pk in by_id:
            found.append((by_id[culprit.pk], field, message))
        else:
            first = first or impossible(message, culprit)
    return RowsError(sorted(found)) if found else ValidationError(first)
