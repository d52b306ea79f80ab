"""The risk answer of one portfolio at one moment."""

from __future__ import annotations

from django.db import models

from markets.models import MONEY
from portfolios.models import Portfolio
from risk.models.runs import RiskRun


class Level(models.TextChoices):
    LOW = "low", "Low"
    MODERATE = "moderate", "Moderate"
    ELEVATED = "elevated", "Elevated"
    HIGH = "high", "High"
    EXTREME = "extreme", "Extreme"


class RiskSnapshot(models.Model):
    """The risk answer of one portfolio at one moment (fractions are float64, money Decimal)."""

    portfolio = models.ForeignKey(
        Portfolio, on_delete=models.CASCADE, related_name="risk_snapshots"
    )
    as_of = models.DateTimeField()
    revision = models.BigIntegerField(help_text="The portfolio's revision it was computed from.")
    window_days = models.PositiveIntegerField()
    observations = models.PositiveIntegerField()
    value = models.DecimalField(**MONEY, null=True)
    score = models.FloatField(null=True)
    level = models.CharField(max_length=10, choices=Level.choices, blank=True)
    volatility = models.FloatField(null=True)
    var = models.FloatField(null=True, help_text="Historical, 95 %, 1 day: a positive fraction.")
    cvar = models.FloatField(null=True)
    max_drawdown = models.FloatField(null=True)
    answer = models.JSONField(
        help_text="The whole answer as the API gives it; of a nightly run what is pushed of it."
    )
    run = models.ForeignKey(
        RiskRun,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="snapshots",
        help_text="The nightly run that made it; empty: an edit or a moved price did.",
    )

    class Meta:
        ordering = ["-as_of", "-id"]
        indexes = [models.Index(fields=["portfolio", "-as_of"])]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "portfolio"],
                condition=models.Q(run__isnull=False),
                name="risk_snapshot_once_a_run",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.as_of:%Y-%m-%d %H:%M} score {self.score}"
