"""Who works on a job. The state says what is to be done, a lock of the database that it is done.

The lock goes with the worker's connection: of a killed worker nothing is left but the state, and
whoever asks next (Celery again, or the page that waits) sends the job anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from portfolios.models import ImportJob, ImportState

log = structlog.get_logger(__name__)

_LOCKS = 0x1A9047  # the first half of our advisory locks' keys
READ, WRITE = "portfolios.tasks.read_import", "portfolios.tasks.write_import"
_TASKS: dict[str, str] = {
    ImportState.UPLOADED: READ,
    ImportState.READING: READ,
    ImportState.WRITING: WRITE,
}
#: Seconds in which a task that was just sent is not sent again.
_PATIENCE = 10


@contextmanager
def working(job_id: int) -> Iterator[bool]:
    """Whether nobody else works on the job; it is ours until the block ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCKS, job_id])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCKS, job_id])


def send(task: str, job_id: int) -> None:
    """Ask for the task once the database has what it is about."""
    transaction.on_commit(partial(_send, task, job_id))


def _send(task: str, job_id: int) -> None:
    try:
        cache.add(f"portfolios:import:{job_id}", 1, timeout=_PATIENCE)
        current_app.send_task(task, args=[job_id], queue="pipeline", ignore_result=True)
    except (RedisError, OperationalError, OSError) as error:
        log.warning("import_not_announced", job=job_id, reason=str(error))


def resume_import(*, job: ImportJob) -> bool:
    """Send the job anew where a worker died over it; returns whether that was needed."""
    task = _TASKS.get(job.state)
    if task is None or not cache.add(f"portfolios:import:{job.pk}", 1, timeout=_PATIENCE):
        return False
    with working(job.pk) as idle:
        if idle:
            send(task, job.pk)
        return idle
