"""Files on their way into a ledger."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from portfolios.models.portfolio import Portfolio


class ImportMapping(models.Model):
    """Which column of a file means what, remembered for files with the same header."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="import_mappings"
    )
    name = models.CharField(max_length=80)
    signature = models.CharField(max_length=64, help_text="SHA-256 of the header's names.")
    columns = models.JSONField(help_text="Field of a transaction → column of the file.")
    options = models.JSONField(default=dict, help_text="Decimal mark, time zone, date order …")
    used_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-used_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "signature"], name="portfolios_mapping_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", "Uploaded"
    READING = "reading", "Reading"
    READY = "ready", "Ready to import"
    WRITING = "writing", "Importing"
    DONE = "done", "Imported"
    FAILED = "failed", "Failed"
    UNDONE = "undone", "Undone"


class ImportJob(models.Model):
    """One file: uploaded, read into a preview, then written or thrown away.

    `content` is the file, gzipped, until it was written; `summary` counts what the preview found.
    """

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="imports")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    filename = models.CharField(max_length=200)
    format = models.CharField(max_length=20, blank=True)
    content = models.BinaryField(null=True)
    columns = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.filename} {self.state}"


class RowVerdict(models.TextChoices):
    """What will happen to a row of the file."""

    NEW = "new", "Will be added"
    KNOWN = "known", "Is there already"
    SIMILAR = "similar", "Looks like one that is there"
    IGNORED = "ignored", "Means nothing to the ledger"
    WRONG = "wrong", "Cannot be imported"


class ImportRow(models.Model):
    """One line of the file and what will become of it."""

    job = models.ForeignKey(  # the index below begins with it
        ImportJob, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    line = models.PositiveIntegerField(help_text="Of the file, the header being 1.")
    verdict = models.CharField(max_length=8, choices=RowVerdict.choices)
    taken = models.BooleanField(default=True, help_text="Whether the person wants it imported.")
    content = models.JSONField(null=True, help_text="As `add_transaction` takes it.")
    raw = models.JSONField(
        default=list, help_text="As the file has it; of rows that mean nothing or are wrong."
    )
    errors = models.JSONField(default=list, help_text="[[column, message], …]")

    class Meta:
        ordering = ["line", "id"]
        indexes = [models.Index(fields=["job", "verdict", "line"])]

    def __str__(self) -> str:
        return f"line {self.line} {self.verdict}"
