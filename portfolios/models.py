"""The ledger and what is derived from it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from markets.models import MONEY, Asset, Venue

if TYPE_CHECKING:
    from accounts.models import User


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


class TransactionType(models.TextChoices):
    BUY = "buy", "Buy"
    SELL = "sell", "Sell"
    DEPOSIT = "deposit", "Deposit"
    WITHDRAWAL = "withdrawal", "Withdrawal"
    FEE = "fee", "Fee"
    REWARD = "reward", "Reward"
    TRANSFER = "transfer", "Transfer"


class Transaction(models.Model):
    """One event of the ledger. `price` is per unit in `currency`; `fee` is in `fee_asset`."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="transactions")
    type = models.CharField(max_length=12, choices=TransactionType.choices)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="transactions")
    quantity = models.DecimalField(**MONEY)
    price = models.DecimalField(**MONEY, null=True, blank=True)
    currency = models.CharField(max_length=12, default="USD")
    fee = models.DecimalField(**MONEY, default=Decimal(0))
    fee_asset = models.ForeignKey(
        Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="fee_transactions"
    )
    executed_at = models.DateTimeField()
    location = models.CharField(max_length=80, blank=True)
    to_location = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=120, null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-executed_at", "-id"]
        indexes = [models.Index(fields=["portfolio", "asset", "executed_at", "id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["portfolio", "external_id"],
                condition=Q(external_id__isnull=False),
                name="portfolios_transaction_external_once",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="portfolios_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0),
                name="portfolios_price_not_negative",
            ),
            models.CheckConstraint(condition=Q(fee__gte=0), name="portfolios_fee_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.quantity} {self.asset_id} {self.executed_at:%Y-%m-%d}"


class Lot(models.Model):
    """Units acquired at one time; what is left of them and what they cost (base currency)."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="lots")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    opened_by = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="lots")
    acquired_at = models.DateTimeField()
    quantity = models.DecimalField(**MONEY)
    remaining = models.DecimalField(**MONEY)
    cost = models.DecimalField(**MONEY, help_text="Of the whole lot, fees included.")
    basis_assumed = models.BooleanField(default=False)

    class Meta:
        ordering = ["acquired_at", "id"]
        indexes = [models.Index(fields=["portfolio", "asset"])]

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
    realised = models.BooleanField(help_text="False: a withdrawal, which takes basis but no gain.")

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

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="daily_values")
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


class Wallet(models.Model):
    """An on-chain address whose balance is read every hour."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="wallets")
    chain = models.CharField(max_length=20, choices=[("ethereum", "Ethereum")], default="ethereum")
    address = models.CharField(max_length=64)
    label = models.CharField(max_length=80, blank=True)
    balance = models.DecimalField(**MONEY, null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["portfolio", "chain", "address"], name="portfolios_wallet_once"
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.address
