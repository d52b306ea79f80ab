"""Limits on the doors that take passwords and tokens."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class SignInThrottle(SimpleRateThrottle):
    """SIGN_IN_RATE per address. Failed attempts per account are limited by allauth besides.

    The address is allauth's: DRF's own reading believes any X-Forwarded-For, with which a guesser
    would get a fresh limit for each attempt.
    """

    scope = "sign_in"

    def get_cache_key(self, request: Request, view: APIView) -> str:  # noqa: ARG002
        http = request._request  # noqa: SLF001 - DRF has no public name for the wrapped request
        ident = get_adapter(http).get_client_ip(http)
        return self.cache_format % {"scope": self.scope, "ident": ident}
