"""The doors: register, login, refresh, logout. None of them needs, reads or sets a session."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import send_verification_email_for_user
from allauth.account.internal.userkit import filter_users_by_email
from allauth.mfa.base.forms import AuthenticateForm
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors, services
from accounts.api import errors
from accounts.api.serializers import (
    LoginSerializer,
    RefreshSerializer,
    RegisteredSerializer,
    RegisterSerializer,
    TokenPairSerializer,
)
from accounts.models import User
from accounts.services import Action, TokenPair
from accounts.throttles import SignInThrottle
from accounts.tokens import InvalidTokenError

_REFUSED = OpenApiResponse(description="`{error: {code, message, request_id}}`; see `code`.")


class Door(APIView):
    """Open to everyone, limited per address. A stale bearer token must not bar the way in."""

    authentication_classes = ()
    permission_classes = [AllowAny]
    throttle_classes = [SignInThrottle]


class RegisterView(Door):
    """Become a person of this installation."""

    @extend_schema(
        request=RegisterSerializer,
        responses={201: RegisteredSerializer, 400: _REFUSED, 403: _REFUSED, 429: _REFUSED},
    )
    def post(self, request: Request) -> Response:
        """Register. A known address gets the same answer; its owner gets a mail."""
        http = _http(request)
        if not get_adapter(http).is_open_for_signup(http):
            raise errors.SignUpClosed
        serializer = RegisterSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        email = serializer.validated_data["email"].lower()
        _register(http, serializer.validated_data | {"email": email})
        detail = "Welcome. We have sent a mail to this address: please follow the link in it."
        return Response({"email": email, "detail": detail}, status=status.HTTP_201_CREATED)


class LoginView(Door):
    """Password, and second factor where there is one, against tokens."""

    @extend_schema(
        request=LoginSerializer,
        responses={200: TokenPairSerializer, 400: _REFUSED, 401: _REFUSED, 429: _REFUSED},
    )
    def post(self, request: Request) -> Response:
        """Sign in. 401 codes: `credentials_invalid`, `email_unverified`, `mfa_required` (send
        `code` as well), `mfa_invalid`.
        """
        serializer = LoginSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        http = _http(request)
        user = _with_password(http, given["email"], given["password"])
        _with_verified_email(http, user)
        _with_second_factor(user, given.get("code", ""))
        return _pair(services.issue(user=user, request=http))


class RefreshView(Door):
    """The next pair of tokens."""

    @extend_schema(
        request=RefreshSerializer,
        responses={200: TokenPairSerializer, 400: _REFUSED, 401: _REFUSED, 429: _REFUSED},
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token. It works once: a second use ends the whole sign-in."""
        serializer = RefreshSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            pair = services.rotate(
                refresh=serializer.validated_data["refresh"], request=_http(request)
            )
        except InvalidTokenError as error:
            raise errors.TokenRefused(str(error)) from error
        return _pair(pair)


class LogoutView(Door):
    """The end of a sign-in."""

    @extend_schema(request=RefreshSerializer, responses={204: None, 400: _REFUSED, 401: _REFUSED})
    def post(self, request: Request) -> Response:
        """Revoke the sign-in of this refresh token, its access tokens included."""
        serializer = RefreshSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            services.sign_out(refresh=serializer.validated_data["refresh"], request=_http(request))
        except InvalidTokenError as error:
            raise errors.TokenRefused(str(error)) from error
        return Response(status=status.HTTP_204_NO_CONTENT)


def _register(http: HttpRequest, given: dict[str, Any]) -> None:
    """One password hash and one mail on either way, so that the time tells nothing."""
    if filter_users_by_email(given["email"]):
        User().set_password(given["password"])
        get_adapter(http).send_account_already_exists_mail(given["email"])
        return
    try:
        user = services.register(**given, request=http)
    except IntegrityError:  # someone registered the address in this very moment
        get_adapter(http).send_account_already_exists_mail(given["email"])
    else:
        send_verification_email_for_user(http, user)


def _with_password(http: HttpRequest, email: str, password: str) -> User:
    """allauth's way: hashes for unknown addresses too, and counts failures per address and
    account.
    """
    try:
        user = get_adapter(http).authenticate(http, email=email, password=password)
    except DjangoValidationError as error:
        raise errors.TooManyAttempts from error
    if not isinstance(user, User):
        raise errors.SignInRefused
    if not user.is_active:
        detail = {"reason": "not active"}
        services.record(user, Action.SIGN_IN_FAILED, user.email, detail, http)
        raise errors.SignInRefused
    return user


def _with_verified_email(http: HttpRequest, user: User) -> None:
    is_needed = app_settings.EMAIL_VERIFICATION == app_settings.EmailVerificationMethod.MANDATORY
    if is_needed and not selectors.has_verified_email(user):
        send_verification_email_for_user(http, user)
        raise errors.EmailUnverified


def _with_second_factor(user: User, code: str) -> None:
    """allauth's form: counts failures, marks TOTP codes and recovery codes as used."""
    if not selectors.has_second_factor(user):
        return
    if not code:
        raise errors.MfaRequired
    form = AuthenticateForm({"code": code}, user=user)
    if form.is_valid():
        form.authenticator.record_usage()
    elif form.errors.as_data()["code"][0].code == "too_many_login_attempts":
        raise errors.TooManyAttempts
    else:
        raise errors.MfaRefused


def _pair(pair: TokenPair) -> Response:
    """Tokens are for the client alone: no cache on the way may keep them."""
    return Response(asdict(pair), headers={"Cache-Control": "no-store"})


def _http(request: Request) -> HttpRequest:
    return request._request  # noqa: SLF001 - DRF has no public name for the wrapped request
