"""Addresses whose balances are read."""

from __future__ import annotations

from django.db import models

from markets.models import MONEY
from portfolios.models.portfolio import Portfolio


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
