"""`Authorization: Bearer …` for REST; the live tier uses `user_from_access_token` on its own."""

from __future__ import annotations

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.models import User
from accounts.selectors import user_from_access_token
from accounts.tokens import InvalidTokenError

__all__ = ["CHALLENGE", "BearerAuthentication", "InvalidTokenError", "user_from_access_token"]

#: What a 401 carries in `WWW-Authenticate`.
CHALLENGE = 'Bearer realm="plimsoll"'


class BearerAuthentication(BaseAuthentication):
    """Signs a request in by its access token; a bad token is refused, not ignored."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            return user_from_access_token(token.strip()), token
        except InvalidTokenError as error:
            raise exceptions.AuthenticationFailed(str(error), code="token_invalid") from error

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF names it
        return CHALLENGE
