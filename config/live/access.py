"""Who a socket belongs to, and what that person may listen to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http.request import validate_host

from accounts.models import User
from accounts.selectors import user_from_access_token
from accounts.tokens import InvalidTokenError
from portfolios.selectors import portfolios_for


def header(scope: dict[str, Any], name: bytes) -> str:
    return next((value.decode("latin1") for key, value in scope["headers"] if key == name), "")


def origin_allowed(scope: dict[str, Any]) -> bool:
    """True without an Origin (not a browser), or when it names the host it talks to.

    Ports may differ: in a private run the live tier is one port above the pages.
    """
    origin = header(scope, b"origin")
    if not origin:
        return True
    asked = urlsplit(origin).hostname or ""
    host = urlsplit(f"//{header(scope, b'host')}").hostname or ""
    return asked == host and validate_host(asked, settings.ALLOWED_HOSTS)


def cookie_user(scope: dict[str, Any]) -> User | None:
    """The signed-in person of a browser; cookies without an Origin are not looked at."""
    user = scope.get("user")
    if not header(scope, b"origin") or user is None or isinstance(user, AnonymousUser):
        return None
    return user if user.is_authenticated and user.is_active else None


@database_sync_to_async
def token_user(token: str) -> User | None:
    try:
        return user_from_access_token(token)
    except InvalidTokenError:
        return None


@database_sync_to_async
def still_welcome(scope: dict[str, Any], user: User, token: str | None) -> bool:
    """False once the person was deactivated, or the session or token that opened it ended."""
    if token is not None:
        return _token_holds(token)
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        return False
    session = scope["session"]
    return bool(session.session_key and session.exists(session.session_key))


def _token_holds(token: str) -> bool:
    try:
        user_from_access_token(token)
    except InvalidTokenError:
        return False
    return True


@database_sync_to_async
def may_see(user: User, portfolio_id: int) -> bool:
    return portfolios_for(user).filter(pk=portfolio_id).exists()


@database_sync_to_async
def no_longer_seen(user: User, portfolio_ids: set[int]) -> set[int]:
    """Which of these the person may not look at (any more)."""
    if not portfolio_ids:
        return set()
    seen = portfolios_for(user).filter(pk__in=portfolio_ids)
    return portfolio_ids - set(seen.values_list("pk", flat=True))
