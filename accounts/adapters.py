"""Where allauth hands over to us: people are made, mail is worded, steps are recorded, and the
secrets of second factors are sealed.
"""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts import services
from accounts.encryption import decrypt, encrypt
from accounts.models import User
from accounts.services import Action

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's pages over our services. Also the API's sign-in goes through `authenticate`, so
    that the limits on failed attempts are counted once for both.
    """

    def save_user(
        self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True
    ) -> User:
        """Sign-up: the person comes with preferences, in one transaction."""
        super().save_user(request, user, form, commit=False)
        if commit:
            User.objects.save_new(user)
            services.record(user, Action.REGISTERED, target=user.email, request=request)
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Runs once every stage (verification, second factor) is passed: a session begins."""
        super().login(request, user)
        services.record(user, Action.SIGNED_IN, request=request)

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            services.record(user, Action.SIGNED_OUT, request=request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """What was typed as address is not written down: it may be a password typed too early."""
        email = str(credentials.get("email", ""))
        user = User.objects.filter(email__iexact=email).first()
        target = user.email if user else "unknown address"
        services.record(user, Action.SIGN_IN_FAILED, target=target, request=request)

    def set_password(self, user: User, password: str) -> None:
        """Also ends every API sign-in. Other sessions end by themselves: Django ties each one to
        the password's hash.
        """
        super().set_password(user, password)
        services.end_sign_ins(user=user, reason="password changed", request=context.request)
        services.record(user, Action.PASSWORD_CHANGED, request=context.request)

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Messages are for pages: an API call must not leave one behind in a cookie."""
        if not self.is_ajax(request):
            super().add_message(request, *args, **kwargs)

    def format_email_subject(self, subject: str) -> str:
        return f"Plimsoll: {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away must not undo the sign-up or password change it tells of."""
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as error:
            log.warning("mail.failed", template=template_prefix, error=str(error))
            if self.request is not None and not self.is_ajax(self.request):
                text = "The e-mail could not be sent: the mail server does not answer. Try later."
                messages.error(self.request, text)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Second factors: secrets sealed at rest, our own name on keys."""

    PURPOSE = "second factor"

    def encrypt(self, text: str) -> str:
        return encrypt(text, purpose=self.PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """DecryptionError rather than a guess: a secret that cannot be opened lets nobody in."""
        return decrypt(encrypted_text, purpose=self.PURPOSE)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Plimsoll"}

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"display_name": getattr(user, "name", "") or entity["display_name"]}
