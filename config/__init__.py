"""The project: settings, entry points, the pipeline and the parts that span all apps."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
