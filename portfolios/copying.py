"""Many rows at once: COPY, with ids that are known before the rows are written."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models

_CHUNK = 2000
#: The sequence is looked up once, not for every number.
_NEXT = """
    SELECT nextval(own.sequence)
    FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence OFFSET 0) own,
         generate_series(1, %s)
"""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@contextmanager
def without_collection() -> Iterator[None]:
    """Python looks for cycles among all objects again and again while thousands of rows are made:
    a third of an import's time. Rows make none; what others made is found afterwards.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Numbers of the table's own sequence, ascending; nobody else gets them."""
    table = model._meta.db_table  # noqa: SLF001 - Django's API
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [table, count])
        return sorted(pk for (pk,) in cursor.fetchall())


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write `rows`, each with a value for each of the database's `columns`.

    Values: None, bool, int, str, Decimal, date or datetime. Errors are Django's own.
    """
    target = f'"{model._meta.db_table}" ({", ".join(columns)})'  # noqa: SLF001
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {target} FROM STDIN") as copy,
    ):
        for chunk in _chunks(rows):
            copy.write(chunk)


def count_again(*tables: type[models.Model]) -> None:
    """Tell the planner what the tables hold now: right after a COPY it believes them to be as they
    were, and joins them row by row.
    """
    names = ", ".join(f'"{table._meta.db_table}"' for table in tables)  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {names}")


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    lines: list[str] = []
    for row in rows:
        lines.append("\t".join([_WRITERS[type(value)](value) for value in row]))
        if len(lines) == _CHUNK:
            yield "\n".join(lines) + "\n"
            lines = []
    if lines:
        yield "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    if text.isprintable() and "\\" not in text:
        return text
    return text.translate(_ESCAPES)


#: How a value of each type is written; PostgreSQL reads "True" and ISO 8601.
_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "\\N",
    str: _escaped,
    int: str,
    bool: str,
    Decimal: str,
    date: str,
    datetime: str,
}
