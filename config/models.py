"""How far the pipeline has come."""

from __future__ import annotations

from django.db import models


class Cursor(models.Model):
    """Prices stored up to `position` have been through the cycle. Moved last in a cycle."""

    name = models.CharField(max_length=20, primary_key=True)
    position = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cycles = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.position}"
