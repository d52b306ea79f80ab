"""Large account files: taken in by a worker, while the person may leave the page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from io import BytesIO
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from accounts.models import User
from config.account_file import NOT_EMPTY, import_account, is_empty, packed, read_document
from config.models import AccountFile, AccountFileState

log = structlog.get_logger(__name__)

TASK = "config.tasks.take_account_in"
#: Seconds in which a task that was just sent is not sent again.
_PATIENCE = 30


def is_large(document: Mapping[str, Any]) -> bool:
    """Whether it would keep a request waiting for longer than a breath."""
    return _transactions(document) > int(settings.ACCOUNT_FILE_AT_ONCE)


def _transactions(document: Mapping[str, Any]) -> int:
    """As many as it says; its shape is judged when it is taken in."""
    portfolios = document.get("portfolios")
    rows = [one.get("transactions") for one in portfolios or [] if isinstance(one, dict)]
    return sum(len(row) for row in rows if isinstance(row, list))


def start_account_file(*, user: User, document: Mapping[str, Any]) -> AccountFile:
    """Have a worker take the document in; ValidationError where the account is not empty or another
    file is on its way in.
    """
    if not is_empty(user):
        raise ValidationError(NOT_EMPTY)
    try:
        with transaction.atomic():
            job = AccountFile.objects.create(
                user=user, content=packed(document), transactions=_transactions(document)
            )
    except IntegrityError as error:
        raise ValidationError("Another file is being taken in already.") from error
    transaction.on_commit(partial(_send, job.pk))
    return job


def newest_account_file(user: User) -> AccountFile | None:
    """The one that is on its way in, else the last one that was; without the file itself."""
    return AccountFile.objects.filter(user=user).defer("content").order_by("-pk").first()


def resume_account_file(job: AccountFile) -> None:
    """Send it anew where the task was lost or its worker killed: who works on it has the lock."""
    if job.state == AccountFileState.WAITING and cache.add(_key(job.pk), 1, timeout=_PATIENCE):
        _send(job.pk)


def run_account_file(job_id: int) -> bool:
    """Take it in; False: it is done, or somebody is at it. What is wrong is written on the row.

    All of it is one database transaction: of a killed worker nothing is left, not even the lock.
    """
    with transaction.atomic():
        rows = AccountFile.objects.select_for_update(of=("self",), skip_locked=True)
        job = rows.filter(pk=job_id, state=AccountFileState.WAITING).select_related("user").first()
        if job is None:
            return False
        try:
            document = read_document(BytesIO(bytes(job.content or b"")))
            job.made = import_account(user=job.user, document=document)
            job.state = AccountFileState.DONE
        except ValidationError as error:
            job.state, job.error = AccountFileState.FAILED, words_of(error)[:500]
        job.content, job.finished_at = None, timezone.now()
        job.save()
        return True


def words_of(error: ValidationError) -> str:
    """What a refusal says, with the place in the document."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    name, messages = next(iter(error.message_dict.items()))
    return messages[0] if name == "file" else f"{name}: {messages[0]}"


def _key(job_id: int) -> str:
    return f"config:account-file:{job_id}"


def _send(job_id: int) -> None:
    try:
        cache.set(_key(job_id), 1, timeout=_PATIENCE)
        current_app.send_task(TASK, args=[job_id], queue="maintenance", ignore_result=True)
    except (RedisError, OperationalError, OSError) as error:
        log.warning("account_file_not_announced", job=job_id, reason=str(error))
