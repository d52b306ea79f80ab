"""What each method said of a day before it came, and what came."""

from __future__ import annotations

from django.db import models

from markets.models import MONEY
from portfolios.models import Portfolio


class FrozenBook(models.Model):
    """The positions of a portfolio as the UTC day before `day` closed, and every method's VaR of
    them for that day. A forecast was exceeded where `realised` < -loss.
    """

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="frozen_books")
    day = models.DateField(help_text="The UTC day that the forecasts speak of.")
    base_currency = models.CharField(max_length=12)
    venue = models.CharField(max_length=40, help_text="Whose closes they are; its slug.")
    value = models.DecimalField(**MONEY, help_text="At the closes of the day before.")
    positions = models.JSONField(help_text="Units by symbol, decimal strings; only what is priced.")
    missing = models.JSONField(default=list, help_text="Held without a close; in no figure.")
    observations = models.JSONField(
        default=dict, help_text="Days of returns that a forecast was made from, by confidence."
    )
    losses = models.JSONField(
        default=dict,
        help_text="VaR by confidence and method, as a fraction of the value; null: undefined.",
    )
    made_at = models.DateTimeField(auto_now_add=True)
    value_after = models.DecimalField(
        **MONEY, null=True, help_text="The same units at the closes of `day`; null until then."
    )
    realised = models.FloatField(null=True, help_text="Return of these units over `day`.")
    graded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-day", "portfolio_id"]
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "day"], name="risk_book_once_a_day"),
        ]
        indexes = [
            models.Index(
                fields=["day"], condition=models.Q(graded_at=None), name="risk_book_not_graded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.portfolio_id} on {self.day}"
