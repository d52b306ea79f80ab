"""System checks: each wrong combination of settings has an id and says what to do."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

FEEDS = {"auto", "live", "simulated", "none"}
SOURCES = {"binance", "coinbase", "coingecko"}


@register(Tags.database)
def servers(**kwargs: Any) -> list[CheckMessage]:
    """Both servers must be known, and PostgreSQL is the only database."""
    found: list[CheckMessage] = []
    if not settings.DATABASE_URL:
        found.append(
            Error(
                "No database: DATABASE_URL is unset and no embedded PostgreSQL runs here.",
                hint="Run `make run`, or set DATABASE_URL=postgres://user:password@host/name.",
                id="plimsoll.E001",
            )
        )
    elif not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        found.append(
            Error(
                "DATABASE_URL does not name a PostgreSQL database.",
                hint="Plimsoll needs PostgreSQL: postgres://user:password@host/name.",
                id="plimsoll.E002",
            )
        )
    if not settings.REDIS_URL:
        found.append(
            Error(
                "No Valkey or Redis: REDIS_URL is unset and no embedded Valkey runs here.",
                hint="Run `make run`, or set REDIS_URL=redis://:password@host:6379/0.",
                id="plimsoll.E003",
            )
        )
    return found


@register(Tags.security)
def secrets(**kwargs: Any) -> list[CheckMessage]:
    """Keys must exist, and be as long as their use needs."""
    found: list[CheckMessage] = []
    if not _has_secret_key():
        found.append(
            Error(
                "SECRET_KEY is unset.",
                hint="Set SECRET_KEY to 50 or more random characters.",
                id="plimsoll.E010",
            )
        )
    try:
        length = len(base64.b64decode(settings.ENCRYPTION_KEY, validate=True))
    except (binascii.Error, ValueError):
        length = 0
    if length != 32:
        found.append(
            Error(
                f"ENCRYPTION_KEY must be 32 bytes in base64; it holds {length}.",
                hint="Make one with: openssl rand -base64 32. Keep it: secrets at rest need it.",
                id="plimsoll.E011",
            )
        )
    return found


def _has_secret_key() -> bool:
    """Django refuses to hand out an empty one, which would end the check with a traceback."""
    try:
        return bool(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return False


@register(Tags.security, deploy=True)
def production(**kwargs: Any) -> list[CheckMessage]:
    """What a private run may do and a public one may not."""
    found: list[CheckMessage] = []
    if settings.DEBUG and not settings.EMBEDDED:
        found.append(
            Error(
                "DEBUG is on with servers named from outside.",
                hint="Unset DEBUG. It shows settings and code to whoever causes an error.",
                id="plimsoll.E020",
            )
        )
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        found.append(
            checks.Warning(
                "Mail goes to the console: alerts by e-mail reach nobody.",
                hint="Set EMAIL_URL=smtp+tls://user:password@host:587.",
                id="plimsoll.W021",
            )
        )
    return found


@register()
def feed(**kwargs: Any) -> list[CheckMessage]:
    """MARKET_FEED must be a word the stream knows."""
    if settings.MARKET_FEED in FEEDS | SOURCES:
        return []
    return [
        Error(
            f"MARKET_FEED={settings.MARKET_FEED!r} is not a feed.",
            hint=f"Use one of {', '.join(sorted(FEEDS | SOURCES))}.",
            id="plimsoll.E030",
        )
    ]
