"""The schedule of installations that kept every preview of an import for ever."""

import json
from typing import Any

from django.db import migrations

from config.schedule import JOBS

NAME = "Clean-up: imports"


def create(apps: Any, schema_editor: Any) -> None:
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    task = apps.get_model("django_celery_beat", "PeriodicTask")
    job = next(job for job in JOBS if job.name == NAME)
    hour, minute = job.at or (0, 0)
    daily, _ = crontab.objects.get_or_create(
        minute=str(minute),
        hour=str(hour),
        day_of_week="*",
        day_of_month="*",
        month_of_year="*",
        timezone="UTC",
    )
    task.objects.get_or_create(
        name=job.name,
        defaults={
            "task": job.task,
            "queue": job.queue,
            "kwargs": json.dumps(job.kwargs),
            "crontab": daily,
        },
    )


def remove(apps: Any, schema_editor: Any) -> None:
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("config", "0003_currencies")]
    operations = [migrations.RunPython(create, remove)]
