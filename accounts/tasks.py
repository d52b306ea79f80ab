"""Celery's edge of accounts."""

from __future__ import annotations

from celery import shared_task

from accounts import services


@shared_task(queue="maintenance")
def clean_up() -> int:
    """Returns how many expired refresh tokens went."""
    return services.delete_expired()
