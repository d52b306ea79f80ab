"""Celery's face of delivery."""

from __future__ import annotations

from celery import shared_task

from alerts.services import deliver_due, due_count
from alerts.services.events import DELIVER_TASK, QUEUE, wake_sender

#: Deliveries of one run; more are left to the next, so that a full queue blocks no other task.
PER_RUN = 50


@shared_task(name=DELIVER_TASK, queue=QUEUE)
def deliver() -> None:
    """Send what is due; when more is due than one run sends, ask for another."""
    if deliver_due(PER_RUN) == PER_RUN and due_count():
        wake_sender()
