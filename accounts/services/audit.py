"""The audit trail: rows are only ever added."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

from accounts.models import AuditEntry, User

_SECRET = {"password", "token", "access", "refresh", "secret", "code", "seed", "key"}


class Action(StrEnum):
    """What accounts record. Other apps use names of their own, in the same form."""

    REGISTERED = "person.registered"
    SIGNED_IN = "sign_in.succeeded"
    SIGN_IN_FAILED = "sign_in.failed"
    SIGNED_OUT = "sign_in.ended"
    SECOND_FACTOR_FAILED = "second_factor.failed"
    SECOND_FACTOR_ADDED = "second_factor.added"
    SECOND_FACTOR_REMOVED = "second_factor.removed"
    RECOVERY_CODES_RENEWED = "recovery_codes.renewed"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - the name of an action
    EMAIL_CHANGED = "email.changed"
    TOKENS_ISSUED = "tokens.issued"
    TOKENS_REVOKED = "tokens.revoked"
    TOKEN_REUSED = "tokens.reused"  # noqa: S105 - the name of an action
    PROFILE_CHANGED = "profile.changed"
    PREFERENCES_CHANGED = "preferences.changed"


def record(
    user: User | None,
    action: str,
    target: str = "",
    detail: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
) -> AuditEntry:
    """Add an entry. `user` is None when nobody known acted; the address is the request's.

    ValueError when a key of `detail` names a secret: such values must never be written down.
    """
    secret = _SECRET & {name.lower() for name in detail or {}}
    if secret:
        raise ValueError(f"detail: {', '.join(sorted(secret))} must not enter the audit trail.")
    return AuditEntry.objects.create(
        user=user,
        action=action,
        target=target[:120],
        detail=detail or {},
        # allauth's reading of the address is the one that the rate limits use as well: it trusts
        # a proxy's header only where ALLAUTH_TRUSTED_PROXY_COUNT says so.
        ip=get_client_ip(request) if request is not None else None,
    )
