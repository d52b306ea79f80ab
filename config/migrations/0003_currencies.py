"""The schedule of installations that were there before the rates of currencies."""

import json
from typing import Any

from django.db import migrations

from config.schedule import JOBS

NAME = "Currencies"


def create(apps: Any, schema_editor: Any) -> None:
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    task = apps.get_model("django_celery_beat", "PeriodicTask")
    job = next(job for job in JOBS if job.name == NAME)
    every, _ = interval.objects.get_or_create(every=job.every, period="seconds")
    task.objects.get_or_create(
        name=job.name,
        defaults={
            "task": job.task,
            "queue": job.queue,
            "kwargs": json.dumps(job.kwargs),
            "expire_seconds": job.expires,
            "interval": every,
        },
    )


def remove(apps: Any, schema_editor: Any) -> None:
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("config", "0002_schedule")]
    operations = [migrations.RunPython(create, remove)]
