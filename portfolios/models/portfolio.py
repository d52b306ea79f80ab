"""A portfolio and how its cost basis is reckoned."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from markets.models import MONEY, Venue

if TYPE_CHECKING:
    from accounts.models import User


class BasisMethod(models.TextChoices):
    """How a disposal chooses its lots."""

    FIFO = "fifo", "First in, first out"
    LIFO = "lifo", "Last in, first out"
    HIFO = "hifo", "Highest cost first"
    ACB = "acb", "Average cost"
    UK = "uk", "UK share pooling"
    SPECIFIC = "specific", "Specific identification"


class BasisScope(models.TextChoices):
    PORTFOLIO = "portfolio", "Whole portfolio"
    LOCATION = "location", "Each location by itself"


class PortfolioQuerySet(models.QuerySet["Portfolio"]):
    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def stale(self) -> Self:
        """Portfolios whose ledger was edited after their figures were computed."""
        return self.filter(Q(computed_at=None) | Q(stale_since__gt=F("computed_at")))


class Portfolio(models.Model):
    """A person's book. Its figures are in `base_currency`."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="portfolios"
    )
    name = models.CharField(max_length=80)
    base_currency = models.CharField(max_length=12, default="USD")
    benchmark = models.CharField(max_length=20, default="BTC")
    track_cash = models.BooleanField(default=False)
    basis_method = models.CharField(
        max_length=12, choices=BasisMethod.choices, default=BasisMethod.FIFO
    )
    basis_scope = models.CharField(
        max_length=12,
        choices=BasisScope.choices,
        default=BasisScope.PORTFOLIO,
        help_text="Whether a disposal takes lots of the whole portfolio or of its location alone.",
    )
    tax_year_start = models.CharField(
        max_length=5,
        default="01-01",
        validators=[RegexValidator(r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$")],
        help_text="MM-DD; the United Kingdom's is 04-06.",
    )
    drift_tolerance = models.FloatField(
        default=0.05,
        help_text="A weight this far from its target (a fraction of the total) drifts.",
    )
    minimum_order = models.DecimalField(
        **MONEY, default=Decimal(10), help_text="Smaller trades are not proposed (base currency)."
    )
    trade_fee = models.FloatField(default=0.001, help_text="Of a proposed trade, a fraction.")
    venue = models.ForeignKey(
        Venue,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        help_text="Where this portfolio's prices come from; empty: the current feed.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    stale_since = models.DateTimeField(default=timezone.now)
    computed_at = models.DateTimeField(null=True, blank=True)
    touched_from = models.DateField(
        null=True, blank=True, help_text="First day whose daily value an edit has made wrong."
    )
    valued_at = models.ForeignKey(
        Venue,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose prices the daily values hold; another venue's never mix with them.",
    )
    revision = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager[Portfolio]] = PortfolioQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="portfolios_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
