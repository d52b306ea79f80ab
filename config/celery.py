"""The Celery application. Tasks are named by their module; queues by what they touch."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("plimsoll")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
