"""The history that a document tells of a ledger, put beside the transactions made from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware

from portfolios.copying import copy_rows, new_ids
from portfolios.models import ChangeAction, Portfolio, Transaction, TransactionChange
from portfolios.services import cleaning
from portfolios.services.history import note_all

#: In a document the portfolio's owner is not named: who takes it in is.
OWNER = "owner"
_COLUMNS = ("id", "portfolio_id", "transaction_id", "user_id", "action", "before", "after", "at",
            "undone_by_id")  # fmt: skip


#: Half a character: JSON can say it, PostgreSQL cannot keep it.
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class UntoldError(ValidationError):
    """The change at `place` (from 0) says nothing that a history could keep."""

    def __init__(self, place: int, message: str) -> None:
        self.place, self.words = place, message
        super().__init__(message)


def restore_history(portfolio: Portfolio, rows: list[Any], ids: Mapping[Any, Transaction]) -> None:
    """Write the changes down as they were; what they do not tell of was added just now.

    `ids`: the new transactions by their ids in the document. What was deleted gets a new number as
    well, so that it can still be brought back. Who is not the owner is nobody here.
    """
    told = [_read(place, row) for place, row in enumerate(rows)]
    numbers = _numbers(told, ids)
    pks = dict(zip((one.id for one in told), new_ids(TransactionChange, len(told)), strict=True))
    if len(pks) < len(told) or not _undone_once(told, pks):
        raise UntoldError(0, "Each change has an id of its own, and is undone by one at most.")
    named = {numbers[one.transaction] for one in told}
    fresh = [row for row in ids.values() if row.pk not in named]
    note_all(portfolio, fresh, ChangeAction.ADD, portfolio.owner)
    copy_rows(TransactionChange, _COLUMNS, _lines(portfolio, told, numbers, pks))


@dataclass(frozen=True, slots=True)
class _Told:
    id: int
    transaction: int
    by_owner: bool
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: datetime
    undone_by: int | None


def _read(place: int, row: Any) -> _Told:
    if not isinstance(row, dict):
        raise UntoldError(place, "Expected an object.")
    if not all(_is_id(row.get(name)) for name in ("id", "transaction")):
        raise UntoldError(place, "Expected the ids of a change and of its transaction.")
    if row.get("undone_by") is not None and not _is_id(row["undone_by"]):
        raise UntoldError(place, "Expected the id of the change that undid it.")
    if row.get("action") not in ChangeAction.values:
        raise UntoldError(place, f"Choose one of {', '.join(ChangeAction.values)}.")
    at = _moment(row.get("at"))
    if at is None:
        raise UntoldError(place, "Enter a date and time.")
    before, after = (_content(place, row.get(name)) for name in ("before", "after"))
    if before is None and after is None:
        raise UntoldError(place, "Says neither what was nor what is.")
    return _Told(
        row["id"],
        row["transaction"],
        row.get("by") == OWNER,
        row["action"],
        before,
        after,
        at,
        row.get("undone_by"),
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _moment(value: Any) -> datetime | None:
    try:
        at = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and is_aware(at) else None


def _content(place: int, found: Any) -> dict[str, Any] | None:
    """A transaction as it was written down: known fields, and chosen lots."""
    if found is None:
        return None
    if not isinstance(found, dict) or not found.keys() <= {*cleaning.FIELDS, "lots"}:
        raise UntoldError(place, "Expected the fields of a transaction.")
    plain = all(_is_plain(value) for name, value in found.items() if name != "lots")
    if not plain or not all(_is_lot(lot) for lot in _lots(found)):
        raise UntoldError(place, "Expected texts, and lots by transaction and quantity.")
    if _moment(found.get("executed_at")) is None:
        raise UntoldError(place, "Expected when it was executed.")
    return found


def _lots(content: dict[str, Any]) -> list[Any]:
    lots = content.get("lots", [])
    return lots if isinstance(lots, list) else [None]


def _is_plain(value: Any) -> bool:
    """None, yes or no, or a text that the database can hold."""
    if isinstance(value, str):
        return "\x00" not in value and not _SURROGATE.search(value)
    return value is None or isinstance(value, bool)


def _is_lot(lot: Any) -> bool:
    return isinstance(lot, list) and len(lot) == 2 and _is_id(lot[0]) and _is_plain(lot[1])


def _numbers(told: list[_Told], ids: Mapping[Any, Transaction]) -> dict[int, int]:
    """New number of every transaction that is there or was."""
    numbers = {old: row.pk for old, row in ids.items() if _is_id(old)}
    named = {one.transaction for one in told}
    for one in told:
        named |= {lot[0] for content in (one.before, one.after) for lot in _lots(content or {})}
    gone = sorted(named - numbers.keys())
    return numbers | dict(zip(gone, new_ids(Transaction, len(gone)), strict=True))


def _undone_once(told: list[_Told], pks: Mapping[int, int]) -> bool:
    by = [one.undone_by for one in told if one.undone_by is not None]
    return len(set(by)) == len(by) and set(by) <= pks.keys()


def _lines(
    portfolio: Portfolio, told: list[_Told], numbers: Mapping[int, int], pks: Mapping[int, int]
) -> Iterator[tuple[object, ...]]:
    for one in told:
        before, after = (_renumbered(content, numbers) for content in (one.before, one.after))
        yield (
            pks[one.id],
            portfolio.pk,
            numbers[one.transaction],
            portfolio.owner_id if one.by_owner else None,
            one.action,
            before,
            after,
            one.at,
            None if one.undone_by is None else pks[one.undone_by],
        )


def _renumbered(content: dict[str, Any] | None, numbers: Mapping[int, int]) -> str | None:
    if content is None:
        return None
    if "lots" in content:
        content = {**content, "lots": [[numbers[key], units] for key, units in content["lots"]]}
    return json.dumps(content)
