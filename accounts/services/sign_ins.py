"""API sign-ins: a family of refresh tokens each, of which one is alive at a time.

Every write locks the person's row first. A rotation and a revocation that meet are then one after
the other: a token born in the same moment is revoked too.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import tokens
from accounts.models import RefreshToken, User
from accounts.selectors import belongs_to
from accounts.services.audit import Action, record
from accounts.tokens import Claims, InvalidTokenError, ReusedTokenError


@dataclass(frozen=True)
class TokenPair:
    """What a client gets: `access` for an hour, `refresh` for a week and one use."""

    access: str
    refresh: str


@transaction.atomic
def issue(*, user: User, request: HttpRequest | None = None) -> TokenPair:
    """Begin a sign-in. The caller has checked password and second factor."""
    family = uuid.uuid4()
    pair = _next(_locked(user.pk), family, request)
    record(user, Action.TOKENS_ISSUED, target=str(family), request=request)
    return pair


def rotate(*, refresh: str, request: HttpRequest | None = None) -> TokenPair:
    """Exchange a refresh token for the next pair, once.

    InvalidTokenError when it is not (or no longer) good; ReusedTokenError when it was used before,
    which revokes its family: the client or a thief holds a copy, and we cannot tell which.
    """
    claims = tokens.decode(refresh, "refresh")
    with transaction.atomic():
        user = _locked(claims.user_id)
        if not user.is_active or not belongs_to(claims, user):
            raise InvalidTokenError("The token was revoked.")
        if _claim(claims, user):
            return _next(user, claims.family, request)
        ended = _end(user, claims.family)
    if not ended:
        raise InvalidTokenError("The token was revoked.")
    record(user, Action.TOKEN_REUSED, target=str(claims.family), request=request)
    raise ReusedTokenError("The token was used before: this sign-in is ended. Sign in again.")


def sign_out(*, refresh: str, request: HttpRequest | None = None) -> None:
    """End the sign-in of this refresh token. Doing it twice is no error; InvalidTokenError when the
    token is not ours.
    """
    claims = tokens.decode(refresh, "refresh")
    user = User.objects.filter(pk=claims.user_id).first()
    if user is not None:
        end_sign_in(user=user, family=claims.family, request=request)


@transaction.atomic
def end_sign_in(*, user: User, family: uuid.UUID, request: HttpRequest | None = None) -> bool:
    """Revoke one family; False when there was nothing alive to revoke."""
    ended = _end(_locked(user.pk), family)
    if ended:
        record(user, Action.TOKENS_REVOKED, target=str(family), request=request)
    return bool(ended)


@transaction.atomic
def end_sign_ins(*, user: User, reason: str, request: HttpRequest | None = None) -> int:
    """Revoke every family of a person; the number of tokens revoked."""
    ended = _end(_locked(user.pk))
    if ended:
        detail = {"reason": reason}
        record(user, Action.TOKENS_REVOKED, target="all", detail=detail, request=request)
    return ended


def end_sessions(*, user: User, but: str | None) -> None:
    """End the person's sessions in browsers, except for the one with the key `but`."""
    for session in UserSession.objects.filter(user=user).exclude(session_key=but):
        session.end()


def delete_expired() -> int:
    """Forget tokens that can no longer be used or reused; for the nightly clean-up."""
    deleted, _ = RefreshToken.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted


def _locked(user_id: int) -> User:
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise InvalidTokenError("The token was revoked.")
    return user


def _claim(claims: Claims, user: User) -> bool:
    """The row is the proof: only one caller turns it from unused to used."""
    now = timezone.now()
    unused = RefreshToken.objects.filter(
        pk=claims.token_id, user=user, used_at=None, revoked_at=None, expires_at__gt=now
    )
    return unused.update(used_at=now) == 1


def _end(user: User, family: uuid.UUID | None = None) -> int:
    living = RefreshToken.objects.filter(user=user, revoked_at=None)
    if family is not None:
        living = living.filter(family=family)
    return living.update(revoked_at=timezone.now())


def _next(user: User, family: uuid.UUID, request: HttpRequest | None) -> TokenPair:
    now = timezone.now()
    agent = request.headers.get("User-Agent", "") if request is not None else ""
    row = RefreshToken.objects.create(
        user=user,
        family=family,
        issued_at=now,
        expires_at=now + dt.timedelta(seconds=settings.REFRESH_TOKEN_SECONDS),
        user_agent=agent[:200],
    )
    mark = tokens.fingerprint(user.password)
    soon = now + dt.timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)
    return TokenPair(
        access=tokens.encode(Claims(user.pk, family, row.pk, mark, soon), "access", now),
        refresh=tokens.encode(
            Claims(user.pk, family, row.pk, mark, row.expires_at), "refresh", now
        ),
    )
