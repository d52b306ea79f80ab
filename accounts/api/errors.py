"""Refusals of the sign-in doors. Not DRF's AuthenticationFailed, which turns into a 403 on views
that ask for no authentication.
"""

from __future__ import annotations

from rest_framework import status
from rest_framework.exceptions import APIException

from accounts.authentication import CHALLENGE


class SignInRefused(APIException):
    """401. The same words for an unknown address, a wrong password and an inactive person."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_detail = "The e-mail address and the password do not belong together."
    default_code = "credentials_invalid"
    auth_header = CHALLENGE


class MfaRequired(SignInRefused):
    """The password was right; a second factor is still needed."""

    default_detail = "Send `code` as well: from your authenticator app, or a recovery code."
    default_code = "mfa_required"


class MfaRefused(SignInRefused):
    """The code was wrong, or was used before."""

    default_detail = "The code is not right, or was used before."
    default_code = "mfa_invalid"


class EmailUnverified(SignInRefused):
    """Only where EMAIL_VERIFICATION is mandatory; the mail is sent again."""

    default_detail = "Verify your e-mail address first: we have sent you a link."
    default_code = "email_unverified"


class TokenRefused(SignInRefused):
    """The refresh token is malformed, expired, revoked or was used before."""

    default_detail = "The token is invalid or has expired."
    default_code = "token_invalid"


class TooManyAttempts(APIException):
    """429. Counts per account and per address, for pages and API together."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_detail = "Too many failed attempts. Try again in a few minutes."
    default_code = "throttled"


class SignUpClosed(APIException):
    """403. The operator takes no new people."""

    status_code = status.HTTP_403_FORBIDDEN
    default_detail = "Signing up is closed here."
    default_code = "sign_up_closed"
