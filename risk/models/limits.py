"""How much a person allows a portfolio to carry, and when it carried more."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from markets.models import Asset
from portfolios.models import Portfolio
from risk import limits
from risk.models.snapshots import RiskSnapshot

if TYPE_CHECKING:
    from accounts.models import User


class LimitQuerySet(models.QuerySet["Limit"]):
    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def enabled(self) -> Self:
        return self.filter(enabled=True)

    def touching(self, portfolio_ids: list[int]) -> Self:
        """Limits of these portfolios, and of everything their owners have taken together."""
        owners = Portfolio.objects.filter(pk__in=portfolio_ids).values("owner_id")
        together = Q(portfolio=None, owner_id__in=owners)
        return self.filter(together | Q(portfolio_id__in=portfolio_ids))


class Limit(models.Model):
    """A load line. `threshold` is a positive fraction, or days for the time to liquidate.

    `portfolio` null: all portfolios of the owner together. `value` and what follows it is the
    last reading, written by `risk.services.evaluate_limits`.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="risk_limits"
    )
    portfolio = models.ForeignKey(
        Portfolio, on_delete=models.CASCADE, null=True, blank=True, related_name="risk_limits"
    )
    measure = models.CharField(max_length=20, choices=limits.CHOICES)
    threshold = models.FloatField()
    confidence = models.FloatField(default=0.95)
    horizon = models.PositiveSmallIntegerField(default=1)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, null=True, blank=True)
    name = models.CharField(max_length=120, blank=True)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    value = models.FloatField(null=True, blank=True)
    missing = models.CharField(max_length=200, blank=True)
    measured_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Limit]] = LimitQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gt=0), name="risk_limit_positive"),
        ]

    def __str__(self) -> str:
        """The name its owner gave it, or what it measures."""
        return self.name or f"{self.about}: {self.line.title}"

    @property
    def about(self) -> str:
        return str(self.portfolio) if self.portfolio else "All portfolios"

    @property
    def line(self) -> limits.Line:
        """The pure half: what is measured and how far it may go."""
        return limits.Line(
            measure=limits.Measure(self.measure),
            threshold=self.threshold,
            confidence=self.confidence,
            horizon=self.horizon,
            asset=self.asset.symbol if self.asset else None,
        )


class Breach(models.Model):
    """One stretch of time over the line, with the line and the evidence of then."""

    limit = models.ForeignKey(Limit, on_delete=models.CASCADE, related_name="breaches")
    threshold = models.FloatField()
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    value_at_open = models.FloatField()
    worst_value = models.FloatField()
    worst_at = models.DateTimeField(default=timezone.now)
    snapshot = models.ForeignKey(
        RiskSnapshot,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The portfolio's stored figures when it opened.",
    )
    evidence = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "breaches"
        ordering = ["-opened_at", "-id"]
        indexes = [models.Index(fields=["limit", "-opened_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["limit"], condition=Q(closed_at=None), name="risk_one_open_breach"
            ),
        ]

    def __str__(self) -> str:
        return f"limit {self.limit_id} since {self.opened_at:%Y-%m-%d %H:%M}"
