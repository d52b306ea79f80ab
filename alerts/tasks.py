"""Celery's face of delivery."""

from __future__ import annotations

from celery import shared_task

from alerts.services import deliver_due, due_count
from alerts.services.events import DELIVER_TASK, QUEUE, wake_sender


@shared_task(name=DELIVER_TASK, queue=QUEUE)
def deliver() -> None:
    """One run over what is due; what is due after it is left to another, behind other tasks."""
    deliver_due()
    if due_count():
        wake_sender()
