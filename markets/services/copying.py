"""COPY, with Django's exceptions."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.backends.utils import CursorWrapper


def copy_in(cursor: CursorWrapper, target: str, chunks: Iterable[str]) -> None:
    """Send chunks of COPY's text format to ``target``, a table with an optional column list.

    Django does not see a copy: without the wrapping its errors would be psycopg's own.
    """
    with connection.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for chunk in chunks:
            copy.write(chunk)
