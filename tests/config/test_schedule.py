"""The schedule is written once; from then on it is the operator's."""

from __future__ import annotations

import importlib

import pytest
from celery import current_app
from django.apps import apps
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask

from config.schedule import JOBS

pytestmark = pytest.mark.django_db
QUEUES = {"crypto_data", "market_data", "blockchain_data", "maintenance", "monitoring", "pipeline"}


def test_every_job_is_in_the_database_and_names_a_task_and_a_queue_that_exist() -> None:
    current_app.loader.import_default_modules()
    stored = {row.name: row for row in PeriodicTask.objects.all()}
    for job in JOBS:
        row = stored[job.name]
        assert row.task in current_app.tasks, row.task
        assert row.queue in QUEUES
        assert row.enabled
        every = row.interval and row.interval.every
        at = row.crontab and (int(row.crontab.hour), int(row.crontab.minute))
        assert (every, at) == (job.every, job.at)


def test_what_the_operator_changed_or_removed_survives_the_next_deploy() -> None:
    changed = PeriodicTask.objects.get(name="Prices")
    changed.enabled = False
    changed.interval.every = 900
    changed.interval.save()
    changed.save()
    PeriodicTask.objects.filter(name="Wallets").delete()
    call_command("migrate", verbosity=0)
    changed.refresh_from_db()
    assert (changed.enabled, changed.interval.every) == (False, 900)
    assert not PeriodicTask.objects.filter(name="Wallets").exists()


def test_run_twice_the_migration_adds_nothing_and_changes_nothing() -> None:
    PeriodicTask.objects.filter(name="Prices").update(enabled=False, queue="monitoring")
    count = PeriodicTask.objects.count()
    importlib.import_module("config.migrations.0002_schedule").create(apps, None)
    assert PeriodicTask.objects.count() == count
    assert not PeriodicTask.objects.get(name="Prices").enabled
    assert PeriodicTask.objects.get(name="Prices").queue == "monitoring"
