"""What the ledger amounts to. Derived: every row can be computed anew from transactions."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from markets.models import MONEY, Asset
from portfolios.models.portfolio import Portfolio
from portfolios.models.transaction import Transaction


class MatchRule(models.TextChoices):
    """Why a disposal took this lot."""

    FIFO = "fifo", "Oldest first"
    LIFO = "lifo", "Newest first"
    HIFO = "hifo", "Highest cost first"
    ACB = "acb", "Average cost"
    SAME_DAY = "same_day", "Same day"
    THIRTY_DAYS = "30_days", "Bought within 30 days after"
    POOL = "pool", "Section 104 pool"
    CHOSEN = "chosen", "Chosen by hand"
    MOVED = "moved", "Moved to another location"


class Lot(models.Model):
    """Units acquired at one time; what is left of them and what they cost (base currency)."""

    # What `opened_by` refers to is checked by the database; these two follow from it, and checking
    # them as well takes half a second of an import of 50,000.
    portfolio = models.ForeignKey(
        Portfolio,
        on_delete=models.CASCADE,
        related_name="lots",
        db_index=False,
        db_constraint=False,
    )
    asset = models.ForeignKey(
        Asset, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    opened_by = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="lots")
    acquired_at = models.DateTimeField()
    quantity = models.DecimalField(**MONEY)
    remaining = models.DecimalField(**MONEY)
    cost = models.DecimalField(**MONEY, help_text="Of the whole lot, fees included.")
    basis = models.DecimalField(**MONEY, default=Decimal(0), help_text="Of what remains.")
    fee = models.DecimalField(
        **MONEY, default=Decimal(0), help_text="What the purchase cost beyond its price; in `cost`."
    )
    basis_assumed = models.BooleanField(default=False)
    basis_missing = models.BooleanField(
        default=False, help_text="Nobody says where these units came from: their basis is zero."
    )
    location = models.CharField(max_length=80, blank=True)
    source = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="moved_to",
        db_index=False,
        help_text="The lot at another location that these units were moved from.",
    )
    moved_by = models.ForeignKey(
        Transaction,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="moved_lots",
        db_index=False,
    )

    class Meta:
        ordering = ["acquired_at", "id"]
        indexes = [
            models.Index(fields=["portfolio", "asset"]),
            # of the lots that a move made alone: the others name neither
            models.Index(
                fields=["source"], condition=Q(source__isnull=False), name="portfolios_lot_source"
            ),
            models.Index(
                fields=["moved_by"],
                condition=Q(moved_by__isnull=False),
                name="portfolios_lot_moved_by",
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.remaining} of {self.quantity} {self.asset_id}"


class Disposal(models.Model):
    """Units of one lot that left, with basis, proceeds and gain (base currency)."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="disposals")
    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="disposals")
    quantity = models.DecimalField(**MONEY)
    basis = models.DecimalField(**MONEY)
    proceeds = models.DecimalField(**MONEY)
    gain = models.DecimalField(**MONEY)
    realised = models.BooleanField(
        help_text="False: a withdrawal, gift or move, which takes basis out but makes no gain."
    )
    fee = models.DecimalField(
        **MONEY, default=Decimal(0), help_text="What the sale cost; `proceeds` are after it."
    )
    rule = models.CharField(
        max_length=12, choices=MatchRule.choices, default=MatchRule.FIFO, help_text="Why this lot."
    )

    class Meta:
        ordering = ["transaction__executed_at", "id"]

    def __str__(self) -> str:
        return f"{self.quantity} of lot {self.lot_id}"


class Holding(models.Model):
    """What is held of one asset, as the lots say (base currency)."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="holdings")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="holdings")
    quantity = models.DecimalField(**MONEY)
    cost = models.DecimalField(**MONEY)
    realised = models.DecimalField(**MONEY)
    rewards = models.DecimalField(**MONEY, default=Decimal(0))
    fees = models.DecimalField(**MONEY, default=Decimal(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "asset"], name="portfolios_holding_once"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.asset_id}"


class DailyValue(models.Model):
    """A portfolio at the end of a UTC day (base currency); null value: a price was missing."""

    portfolio = models.ForeignKey(  # the constraint's index begins with it
        Portfolio, on_delete=models.CASCADE, related_name="daily_values", db_index=False
    )
    day = models.DateField()
    value = models.DecimalField(**MONEY, null=True)
    inflow = models.DecimalField(**MONEY, default=Decimal(0))
    outflow = models.DecimalField(**MONEY, default=Decimal(0))
    cost = models.DecimalField(**MONEY, default=Decimal(0))
    missing = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "day"], name="portfolios_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.day}"
