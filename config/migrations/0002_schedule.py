"""The first schedule. Later changes are the operator's, in the admin."""

import json
from typing import Any

from django.db import migrations

from config.schedule import JOBS


def create(apps: Any, schema_editor: Any) -> None:
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    task = apps.get_model("django_celery_beat", "PeriodicTask")
    for job in JOBS:
        defaults = {
            "task": job.task,
            "queue": job.queue,
            "kwargs": json.dumps(job.kwargs),
            "expire_seconds": job.expires,
        }
        if job.every:
            defaults["interval"], _ = interval.objects.get_or_create(
                every=job.every, period="seconds"
            )
        else:
            hour, minute = job.at or (0, 0)
            defaults["crontab"], _ = crontab.objects.get_or_create(
                minute=str(minute),
                hour=str(hour),
                day_of_week="*",
                day_of_month="*",
                month_of_year="*",
                timezone="UTC",
            )
        task.objects.get_or_create(name=job.name, defaults=defaults)


def remove(apps: Any, schema_editor: Any) -> None:
    task = apps.get_model("django_celery_beat", "PeriodicTask")
    task.objects.filter(name__in=[job.name for job in JOBS]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("config", "0001_initial"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [migrations.RunPython(create, remove)]
