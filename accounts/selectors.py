"""Reads about people."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import tokens
from accounts.models import Preferences, RefreshToken, User
from accounts.tokens import InvalidTokenError


def preferences_for(user: User) -> Preferences:
    """How this person wants to see things; made together with the person."""
    return user.preferences


def sign_ins_for(user: User) -> QuerySet[RefreshToken]:
    """The living API sign-ins: the one unused, unrevoked, unexpired token of each family."""
    return RefreshToken.objects.filter(
        user=user, used_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )


def has_second_factor(user: User) -> bool:
    """Whether a password alone must not sign this person in."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user=user, type__in=kinds).exists())


def has_verified_email(user: User) -> bool:
    """Whether the person has shown that the address they sign in with is theirs."""
    mine = EmailAddress.objects.filter(user=user, email__iexact=user.email)
    return bool(mine.filter(verified=True).exists())


def user_from_access_token(token: str) -> User:
    """Whose access token this is, in one query.

    Raises `tokens.InvalidTokenError` when the token is malformed, expired or no access token, when
    its sign-in was revoked, when the password has changed since, or the person is not active.
    """
    claims = tokens.decode(token, "access")
    alive = RefreshToken.objects.filter(user=OuterRef("pk"), family=claims.family, revoked_at=None)
    user = User.objects.filter(Exists(alive), pk=claims.user_id, is_active=True).first()
    if user is None or not belongs_to(claims, user):
        raise InvalidTokenError("The token was revoked.")
    return user


def belongs_to(claims: tokens.Claims, user: User) -> bool:
    """Whether the password is still the one under which the token was given."""
    return constant_time_compare(claims.fingerprint, tokens.fingerprint(user.password))
