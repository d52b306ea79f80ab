"""The nightly run over all portfolios, and its chunks: these rows are the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

#: A chunk that was begun so often and never finished is broken, not unlucky.
ATTEMPTS = 3


class RunState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class RiskRun(models.Model):
    """Every portfolio measured as it stood at the end of one UTC day."""

    day = models.DateField(unique=True)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    portfolios = models.PositiveIntegerField(help_text="In all chunks together.")
    by_kernel = models.PositiveIntegerField(default=0, help_text="Measured many at once.")
    singly = models.PositiveIntegerField(
        default=0, help_text="Measured one by one: an asset of theirs has gaps in its history."
    )
    empty = models.PositiveIntegerField(default=0, help_text="Held nothing on that day.")
    edited = models.PositiveIntegerField(
        default=0, help_text="Edited or deleted while measured: the edit asks for its own turn."
    )

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"risk of {self.day}: {self.state}"

    @property
    def seen(self) -> int:
        """Portfolios of the chunks that are done."""
        return self.by_kernel + self.singly + self.empty + self.edited

    @property
    def fraction(self) -> float:
        """How much of it is done, 0 to 1."""
        return self.seen / self.portfolios if self.portfolios else 1.0


class ChunkState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    LEASED = "leased", "Leased"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class RiskChunkQuerySet(models.QuerySet["RiskChunk"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=[ChunkState.WAITING, ChunkState.LEASED])

    def claimable(self, now: datetime) -> Self:
        """Waiting, or leased by a worker that let its lease lapse."""
        lapsed = Q(state=ChunkState.LEASED, leased_until__lt=now)
        return self.filter(Q(state=ChunkState.WAITING) | lapsed, attempts__lt=ATTEMPTS)

    def broken(self, now: datetime) -> Self:
        """Begun `ATTEMPTS` times, and the last lease has lapsed as well."""
        return self.filter(state=ChunkState.LEASED, leased_until__lt=now, attempts__gte=ATTEMPTS)


RiskChunkManager = models.Manager.from_queryset(RiskChunkQuerySet)


class RiskChunk(models.Model):
    """Portfolios with ids from `first_id` to `last_id`. Whoever turns a waiting row into a leased
    one (a conditional UPDATE that changes one row) measures it; `attempts` tells him from a
    predecessor whose lease has lapsed.
    """

    run = models.ForeignKey(RiskRun, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    size = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ChunkState.choices, default=ChunkState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RiskChunkManager()

    class Meta:
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="risk_chunk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of run {self.run_id}: {self.state}"

    def claim(self, now: datetime, until: datetime) -> bool:
        """Lease it, if nobody was faster."""
        mine = RiskChunk.objects.filter(pk=self.pk, attempts=self.attempts)
        changed = mine.claimable(now).update(
            state=ChunkState.LEASED, leased_until=until, attempts=F("attempts") + 1
        )
        self.attempts += 1
        return bool(changed)
