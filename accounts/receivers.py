"""What allauth tells by signal alone: its MFA app and its e-mail page offer no other hook."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import email_changed
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from accounts import services
from accounts.models import User
from accounts.services import Action

_FACTORS = {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN}


def connect() -> None:
    """Once, when the app is ready."""
    signals.authenticator_added.connect(_added, dispatch_uid="accounts.added")
    signals.authenticator_removed.connect(_removed, dispatch_uid="accounts.removed")
    signals.authenticator_reset.connect(_reset, dispatch_uid="accounts.reset")
    signals.authentication_failed.connect(_failed, dispatch_uid="accounts.failed")
    email_changed.connect(_email_changed, dispatch_uid="accounts.email_changed")


def _added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """What was begun before the first factor existed would go around it: it ends."""
    services.record(user, Action.SECOND_FACTOR_ADDED, str(authenticator.type), request=request)
    factors = Authenticator.objects.filter(user=user, type__in=_FACTORS)
    if list(factors) == [authenticator]:
        services.end_sign_ins(user=user, reason="second factor added", request=request)
        services.end_sessions(user=user, but=request.session.session_key)


def _removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    services.record(user, Action.SECOND_FACTOR_REMOVED, str(authenticator.type), request=request)


def _reset(request: HttpRequest, user: User, **_: Any) -> None:
    services.record(user, Action.RECOVERY_CODES_RENEWED, request=request)


def _failed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    services.record(user, Action.SECOND_FACTOR_FAILED, str(authenticator.type), request=request)


def _email_changed(request: HttpRequest, user: User, to_email_address: Any, **_: Any) -> None:
    services.record(user, Action.EMAIL_CHANGED, target=to_email_address.email, request=request)
