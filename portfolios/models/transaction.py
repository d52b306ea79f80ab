"""The events of the ledger and what became of them."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from markets.models import MONEY, Asset
from portfolios.models.portfolio import Portfolio


class TransactionType(models.TextChoices):
    BUY = "buy", "Buy"
    SELL = "sell", "Sell"
    SWAP = "swap", "Swap"
    DEPOSIT = "deposit", "Deposit"
    WITHDRAWAL = "withdrawal", "Withdrawal"
    TRANSFER = "transfer", "Transfer"
    FEE = "fee", "Fee"
    INTEREST = "interest", "Margin interest"
    REWARD = "reward", "Reward"
    AIRDROP = "airdrop", "Airdrop"
    FORK = "fork", "Fork"
    GIFT_IN = "gift_in", "Gift received"
    GIFT_OUT = "gift_out", "Gift given"
    LOST = "lost", "Lost"


class Transaction(models.Model):
    """One event of the ledger. `price` is per unit in `currency`; `fee` is in `fee_asset`.

    A swap gives `quantity` of `asset` for `to_quantity` of `to_asset`.
    """

    portfolio = models.ForeignKey(  # the indexes below begin with it
        Portfolio, on_delete=models.CASCADE, related_name="transactions", db_index=False
    )
    type = models.CharField(max_length=12, choices=TransactionType.choices)
    asset = models.ForeignKey(
        Asset, on_delete=models.PROTECT, related_name="transactions", db_index=False
    )
    quantity = models.DecimalField(**MONEY)
    to_asset = models.ForeignKey(
        Asset,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="swaps_into",
        db_index=False,
    )
    to_quantity = models.DecimalField(**MONEY, null=True, blank=True)
    price = models.DecimalField(**MONEY, null=True, blank=True)
    currency = models.CharField(max_length=12, default="USD")
    fee = models.DecimalField(**MONEY, default=Decimal(0))
    fee_asset = models.ForeignKey(
        Asset,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="fee_transactions",
        db_index=False,
    )
    executed_at = models.DateTimeField()
    location = models.CharField(max_length=80, blank=True)
    to_location = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=120, null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    unmatched = models.BooleanField(
        default=False,
        help_text="Accepted though more leaves than is held; what is short has no basis.",
    )
    import_job = models.ForeignKey(
        "ImportJob", on_delete=models.SET_NULL, null=True, blank=True, related_name="transactions"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-executed_at", "-id"]
        indexes = [
            models.Index(fields=["portfolio", "asset", "executed_at", "id"]),
            models.Index(fields=["portfolio", "executed_at", "id"]),
            # few rows name these two: indexes of all would cost every import and find nothing
            models.Index(
                fields=["to_asset"],
                condition=Q(to_asset__isnull=False),
                name="portfolios_tx_to_asset",
            ),
            models.Index(
                fields=["fee_asset"],
                condition=Q(fee_asset__isnull=False),
                name="portfolios_tx_fee_asset",
            ),
        ]
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
            models.CheckConstraint(
                condition=Q(to_asset__isnull=True, to_quantity__isnull=True)
                | Q(type=TransactionType.SWAP, to_asset__isnull=False, to_quantity__gt=0),
                name="portfolios_only_swaps_have_two_legs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.quantity} {self.asset_id} {self.executed_at:%Y-%m-%d}"


class ChangeAction(models.TextChoices):
    ADD = "add", "Added"
    EDIT = "edit", "Edited"
    DELETE = "delete", "Deleted"
    UNDO = "undo", "Undone"


class TransactionChange(models.Model):
    """Who changed what, and when. `before` and `after` are the contents as a service takes them.

    `transaction_id` is a number and no foreign key: the history outlives what was deleted.
    """

    portfolio = models.ForeignKey(  # the index below begins with it
        Portfolio, on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    transaction_id = models.BigIntegerField(db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=8, choices=ChangeAction.choices)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    undone_by = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="undoes"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["portfolio", "-id"])]

    def __str__(self) -> str:
        return f"{self.action} {self.transaction_id}"
