"""Rules, the events they wrote, and the messages those events owe."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from markets.models import MONEY, Asset
from portfolios.models import Portfolio

if TYPE_CHECKING:
    from accounts.models import User


class ChannelKind(models.TextChoices):
    IN_APP = "in_app", "In the app"
    EMAIL = "email", "E-mail"


class Channel(models.Model):
    """Where a person wants to hear of alerts."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_channels"
    )
    kind = models.CharField(max_length=10, choices=ChannelKind.choices)
    address = models.CharField(max_length=254, blank=True)
    enabled = models.BooleanField(default=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "address"], name="alerts_channel_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}".strip()


class Subject(models.TextChoices):
    PRICE = "price", "Price of an asset"
    RISK = "risk", "Risk of a portfolio"


class Measure(models.TextChoices):
    PRICE = "price", "Price"
    VAR = "var", "1-day VaR 95 %"
    CVAR = "cvar", "1-day CVaR 95 %"
    VOLATILITY = "volatility", "Volatility, year"
    SCORE = "score", "Risk score"
    CURRENT_DRAWDOWN = "current_drawdown", "Drawdown now"
    RISK_SHARE = "risk_share", "Largest share of risk"


#: What a rule without a name is called by.
SHORT = {
    Measure.VAR: "1-day VaR",
    Measure.CVAR: "1-day CVaR",
    Measure.VOLATILITY: "volatility",
    Measure.SCORE: "risk score",
    Measure.CURRENT_DRAWDOWN: "drawdown",
    Measure.RISK_SHARE: "largest share of risk",
}


class Direction(models.TextChoices):
    ABOVE = "above", "rises above"
    BELOW = "below", "falls below"


class RuleState(models.TextChoices):
    OK = "ok", "Clear"
    FIRING = "firing", "Over the line"


class RuleQuerySet(models.QuerySet["Rule"]):
    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def enabled(self) -> Self:
        return self.filter(enabled=True)


class Rule(models.Model):
    """A line and what to do when it is crossed. Measures of risk are positive fractions (0.08 is
    8 %), the score is 1 to 10.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_rules"
    )
    name = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=8, choices=Subject.choices)
    measure = models.CharField(max_length=16, choices=Measure.choices)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, null=True, blank=True)
    portfolio = models.ForeignKey(
        Portfolio, on_delete=models.CASCADE, null=True, blank=True, related_name="alert_rules"
    )
    direction = models.CharField(max_length=6, choices=Direction.choices)
    threshold = models.DecimalField(**MONEY)
    hysteresis = models.FloatField(
        default=0.01, help_text="How far back over the line, as a fraction of it, before it clears."
    )
    cooldown = models.DurationField(default=timedelta(minutes=30))
    enabled = models.BooleanField(default=True)
    channels = models.ManyToManyField(Channel, blank=True, related_name="rules")
    state = models.CharField(max_length=8, choices=RuleState.choices, default=RuleState.OK)
    state_since = models.DateTimeField(default=timezone.now)
    last_value = models.DecimalField(**MONEY, null=True, blank=True)
    last_evaluated_at = models.DateTimeField(null=True, blank=True)
    last_fired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Rule]] = RuleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(subject="price", asset__isnull=False, portfolio__isnull=True)
                    | Q(subject="risk", portfolio__isnull=False, asset__isnull=True)
                ),
                name="alerts_rule_has_its_subject",
            ),
            models.CheckConstraint(condition=Q(threshold__gt=0), name="alerts_threshold_positive"),
        ]

    def __str__(self) -> str:
        """The name its owner gave it, or what it watches."""
        if self.name:
            return self.name
        if self.asset:
            return f"{self.asset} price"
        return f"{self.portfolio}: {SHORT[Measure(self.measure)]}"


class Event(models.Model):
    """A rule changed its state. `fired` false: it went back to clear. It outlives its rule."""

    rule = models.ForeignKey(
        Rule, on_delete=models.SET_NULL, null=True, blank=True, related_name="events"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_events"
    )
    fired = models.BooleanField()
    value = models.DecimalField(**MONEY, null=True, help_text="Empty: a test message.")
    threshold = models.DecimalField(**MONEY, null=True)
    title = models.CharField(max_length=160)
    message = models.CharField(max_length=500)
    evidence = models.JSONField(default=dict, blank=True)
    occurred_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["owner", "-id"])]

    def __str__(self) -> str:
        return self.title


class DeliveryState(models.TextChoices):
    PENDING = "pending", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed for good"


class Delivery(models.Model):
    """One event owed to one channel. The row is the queue: claimed by a conditional UPDATE."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(
        max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "channel"], name="alerts_delivered_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=~Q(state__in=["sent", "failed"]),
                name="alerts_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"event {self.event_id} to channel {self.channel_id}: {self.state}"
