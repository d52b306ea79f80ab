"""How far the pipeline has come, and account files on their way in."""

from __future__ import annotations

from django.conf import settings
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


class AccountFileState(models.TextChoices):
    WAITING = "waiting", "Being taken in"
    DONE = "done", "Taken in"
    FAILED = "failed", "Refused"


class AccountFile(models.Model):
    """A large account file on its way into an empty account. `content` is gzipped JSON until then;
    `made` counts what came of it. That somebody is at it is said by a lock on the row alone.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account_files"
    )
    content = models.BinaryField(null=True)
    transactions = models.PositiveIntegerField()
    state = models.CharField(
        max_length=8, choices=AccountFileState.choices, default=AccountFileState.WAITING
    )
    made = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(state="waiting"), name="config_one_account_file"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"
