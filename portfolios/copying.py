"""Many rows at once: COPY, with ids that are known before the rows are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models

_CHUNK = 2000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Numbers of the table's own sequence, ascending; nobody else gets them."""
    table = model._meta.db_table  # noqa: SLF001 - Django's API
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return sorted(pk for (pk,) in cursor.fetchall())


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write `rows`, each with a value for each of the database's `columns`.

    Values: None, bool, int, str, Decimal or datetime. Errors are Django's own.
    """
    target = f'"{model._meta.db_table}" ({", ".join(columns)})'  # noqa: SLF001
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {target} FROM STDIN") as copy,
    ):
        for chunk in _chunks(rows):
            copy.write(chunk)


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    lines: list[str] = []
    for row in rows:
        lines.append("\t".join([_text(value) for value in row]))
        if len(lines) == _CHUNK:
            yield "\n".join(lines) + "\n"
            lines = []
    if lines:
        yield "\n".join(lines) + "\n"


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, Decimal | datetime | int):
        return str(value)  # bool is "True" or "False", which PostgreSQL reads
    raise TypeError(f"COPY is not told how to write {type(value).__name__}")
