"""Daily partitions of the tick table: made ahead, dropped when they are old."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

#: A process that makes partitions once a day may fail for two days before ticks meet the default.
DAYS_AHEAD = 3
_NAME = re.compile(r"^markets_tick_(\d{4})(\d{2})(\d{2})$")
#: Two keepers at once would both move the rows of the default partition.
_LOCK = 0x504C494D


class Kept(NamedTuple):
    created: list[date]
    dropped: list[date]


def existing() -> list[date]:
    """The UTC days that have a partition of their own, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'markets_tick'::regclass"
        )
        names = [_NAME.match(name) for (name,) in cursor.fetchall()]
    return sorted(date(*map(int, match.groups())) for match in names if match)


def keep(today: date | None = None) -> Kept:
    """Make the partitions from yesterday to DAYS_AHEAD, drop those past TICK_RETENTION_DAYS.

    Ticks of the default partition that are older than the retention go with them.
    """
    day = today or datetime.now(UTC).date()
    oldest = day - timedelta(days=settings.TICK_RETENTION_DAYS)
    wanted = [day + timedelta(days=n) for n in range(-1, DAYS_AHEAD + 1)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        present = existing()
        created = [new for new in wanted if new not in present and new >= oldest]
        dropped = [old for old in present if old < oldest]
        for new in created:
            _create(new)
        for old in dropped:
            _execute(sql.SQL("DROP TABLE {}").format(_table(old)))
        cursor.execute("DELETE FROM markets_tick_default WHERE time < %s", [_midnight(oldest)])
    return Kept(created, dropped)


def _create(day: date) -> None:
    """Make one partition; what the default partition holds of that day moves into it."""
    table, start, end = _table(day), _midnight(day), _midnight(day + timedelta(days=1))
    bounds = {"table": table, "start": sql.Literal(start), "end": sql.Literal(end)}
    for statement in (
        "CREATE TABLE {table} (LIKE markets_tick INCLUDING ALL)",
        "WITH moved AS (DELETE FROM markets_tick_default"
        " WHERE time >= {start} AND time < {end} RETURNING *) INSERT INTO {table} TABLE moved",
        "ALTER TABLE markets_tick ATTACH PARTITION {table} FOR VALUES FROM ({start}) TO ({end})",
    ):
        _execute(sql.SQL(statement).format(**bounds))


def _execute(statement: sql.Composed) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(connection.connection))


def _table(day: date) -> sql.Identifier:
    return sql.Identifier(f"markets_tick_{day:%Y%m%d}")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
