"""How cost basis is chosen beyond a portfolio's default, and its recomputation."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from markets.models import MONEY
from portfolios.models.portfolio import BasisMethod, Portfolio
from portfolios.models.transaction import Transaction


class BasisElection(models.Model):
    """The method of one tax year, named by the calendar year it starts in."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="elections")
    tax_year = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(2009), MaxValueValidator(2200)]
    )
    method = models.CharField(max_length=12, choices=BasisMethod.choices)

    class Meta:
        ordering = ["tax_year"]
        constraints = [
            models.UniqueConstraint(
                fields=["portfolio", "tax_year"], name="portfolios_election_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tax_year} {self.method}"


class LotChoice(models.Model):
    """Specific identification: this disposal takes units that this acquisition brought."""

    disposal = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="lot_choices")
    acquisition = models.ForeignKey(
        Transaction, on_delete=models.CASCADE, related_name="chosen_for"
    )
    quantity = models.DecimalField(**MONEY)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["disposal", "acquisition"], name="portfolios_choice_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="portfolios_choice_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.acquisition_id} for {self.disposal_id}"


class JobState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Recalculation(models.Model):
    """A whole replay of a ledger in the background; `done` of `total` assets are finished."""

    portfolio = models.ForeignKey(
        Portfolio, on_delete=models.CASCADE, related_name="recalculations"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    wanted = models.JSONField(default=dict, help_text="The settings to reckon with.")
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    realised_before = models.DecimalField(**MONEY, default=Decimal(0))
    realised_after = models.DecimalField(**MONEY, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["portfolio"],
                condition=Q(state__in=["waiting", "running"]),
                name="portfolios_one_recalculation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.state} {self.done}/{self.total}"
