"""Addresses that cannot name anything."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

from config.unavailable import bad_request


class PlainAddressMiddleware:
    """Refuses addresses with a NUL in them: PostgreSQL holds none, so nothing has that name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return bad_request(request, BadRequest("There is a NUL in the address."))
        return self.get_response(request)
