"""People and what belongs to a person alone."""

from __future__ import annotations

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail; addresses are compared without case."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        if not email:
            raise ValueError("email: an address is needed")
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        return self.save_new(user)

    def save_new(self, user: User) -> User:
        """Save a new person together with their preferences: the one door by which people come."""
        user.email = user.email.lower()
        with transaction.atomic(using=self._db):
            user.save(using=self._db)
            Preferences.objects.using(self._db).create(user=user)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_any_case"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def initials(self) -> str:
        words = (self.name or self.email.split("@")[0]).replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


class Theme(models.TextChoices):
    SYSTEM = "system", "As the device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class Privacy(models.TextChoices):
    SHOWN = "shown", "Everything shown"
    AMOUNTS = "amounts", "Amounts hidden, percentages kept"
    ALL = "all", "All figures hidden"


class RiskTolerance(models.TextChoices):
    CAUTIOUS = "cautious", "Cautious"
    BALANCED = "balanced", "Balanced"
    BOLD = "bold", "Bold"


class BaseCurrency(models.TextChoices):
    """What totals may be shown in: what the markets know how to convert into."""

    USD = "USD", "US dollar"
    EUR = "EUR", "Euro"
    GBP = "GBP", "Pound sterling"
    CHF = "CHF", "Swiss franc"
    JPY = "JPY", "Japanese yen"
    CAD = "CAD", "Canadian dollar"
    AUD = "AUD", "Australian dollar"
    USDT = "USDT", "Tether"
    BTC = "BTC", "Bitcoin"
    ETH = "ETH", "Ether"


class Locale(models.TextChoices):
    EN_US = "en-US", "English (United States): 1,234.56"
    EN_GB = "en-GB", "English (United Kingdom): 1,234.56"
    DE_DE = "de-DE", "German (Germany): 1.234,56"
    DE_CH = "de-CH", "German (Switzerland): 1'234.56"
    FR_FR = "fr-FR", "French (France): 1 234,56"


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError("%(name)s is not a known time zone.", params={"name": name})


#: A named range, or two days: `2026-01-01..2026-06-30`.
validate_chart_range = RegexValidator(
    r"^(1D|1W|1M|3M|YTD|1Y|ALL|\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})$",
    "Choose 1D, 1W, 1M, 3M, YTD, 1Y or ALL, or two days like 2026-01-01..2026-06-30.",
)


#: One asset, or several with their shares: `BTC`, `BTC:60,ETH:40`.
validate_benchmark = RegexValidator(
    r"^[A-Z0-9.\-]{1,20}(:\d{1,3}(\.\d{1,2})?(,[A-Z0-9.\-]{1,20}:\d{1,3}(\.\d{1,2})?){0,9})?$",
    "Name an asset like BTC, or several with their shares like BTC:60,ETH:40.",
)


class Preferences(models.Model):
    """How a person wants to see things. Made together with the person."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="preferences")
    base_currency = models.CharField(
        max_length=12, choices=BaseCurrency.choices, default=BaseCurrency.USD
    )
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    locale = models.CharField(max_length=8, choices=Locale.choices, default=Locale.EN_US)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    privacy = models.CharField(max_length=8, choices=Privacy.choices, default=Privacy.SHOWN)
    risk_tolerance = models.CharField(
        max_length=10, choices=RiskTolerance.choices, default=RiskTolerance.BALANCED
    )
    chart_range = models.CharField(max_length=24, default="1Y", validators=[validate_chart_range])
    benchmark = models.CharField(
        max_length=120,
        blank=True,
        default="",
        validators=[validate_benchmark],
        help_text="What returns are compared with; empty: what the portfolio names.",
    )

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"preferences of {self.user}"


class RefreshToken(models.Model):
    """One issued refresh token; tokens that follow each other share a family.

    Presenting a token that was used before revokes its whole family.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_tokens")
    family = models.UUIDField(default=uuid.uuid4, db_index=True)
    issued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"refresh token {self.id} of {self.user}"


class AuditEntry(models.Model):
    """Who did what, when, from where. Never edited; secrets never enter `detail`."""

    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="audit")
    action = models.CharField(max_length=60, db_index=True)
    target = models.CharField(max_length=120, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.target}"
