"""What stands around a ledger: targets, sharing, watchlists."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from markets.models import Asset
from portfolios.models.portfolio import Portfolio


class Target(models.Model):
    """The weight that an asset should have, as a fraction of the portfolio's value."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="targets")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    weight = models.DecimalField(
        max_digits=7, decimal_places=6, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )

    class Meta:
        ordering = ["-weight", "id"]
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "asset"], name="portfolios_target_once"),
            models.CheckConstraint(
                condition=Q(weight__gte=0, weight__lte=1), name="portfolios_target_is_a_fraction"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.weight}"


class ShareRole(models.TextChoices):
    VIEWER = "viewer", "May look"
    EDITOR = "editor", "May look and edit"


class Share(models.Model):
    """Somebody else may look at a portfolio or edit it. `user` is empty until they accept."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="shares")
    email = models.EmailField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="portfolio_shares",
    )
    role = models.CharField(max_length=8, choices=ShareRole.choices, default=ShareRole.VIEWER)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("portfolio", Lower("email"), name="portfolios_share_once"),
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.role}"


class Watchlist(models.Model):
    """Assets that a person keeps an eye on."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watchlists"
    )
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="portfolios_watchlist_once"),
        ]

    def __str__(self) -> str:
        return self.name


class WatchlistItem(models.Model):
    watchlist = models.ForeignKey(Watchlist, on_delete=models.CASCADE, related_name="items")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["watchlist", "asset"], name="portfolios_watched_once"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id}"


class Dismissal(models.Model):
    """Something that looked wrong and is not: it is not shown again. `key` as in
    `portfolios.selectors.findings`.
    """

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="dismissals")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["portfolio", "kind", "key"], name="portfolios_dismissed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
