"""What is answered when something broke that nobody who asked can mend.

A server that is away is 503 and one line in the log; anything else is 500 and a traceback. Under
`/api/` both have the one error shape, also where DEBUG would show a page of code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from config.api.errors import body

log = structlog.get_logger(__name__)

#: PostgreSQL or Valkey cannot be reached, starts up, or gives up on us.
AWAY = (OperationalError, InterfaceError, RedisError, BrokerError)
RETRY_SECONDS = "5"
#: Not failures: Django answers 400, 403 or 404.
_DJANGO_ANSWERS = (BadRequest, Http404, PermissionDenied, SuspiciousOperation)


class UnavailableMiddleware:
    """Answers for views that failed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """None: Django's own page, which with DEBUG shows the code."""
        if isinstance(error, AWAY):
            return away(request, error)
        if not _is_api(request) or isinstance(error, _DJANGO_ANSWERS):
            return None
        got_request_exception.send(sender=None, request=request)
        log.exception("request_failed", path=request.path)
        return _failed()


def away(request: HttpRequest, error: Exception) -> HttpResponse:
    """503: the same request will succeed once the server is back."""
    log.warning("server_away", path=request.path, reason=f"{type(error).__name__}: {error}"[:200])
    answer: HttpResponse
    if _is_api(request):
        message = "The database or the cache does not answer. Please try again in a moment."
        answer = JsonResponse(body("unavailable", message), status=503)
    else:
        answer = HttpResponse(render_to_string("503.html"), status=503)
    answer.headers["Retry-After"] = RETRY_SECONDS
    answer._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - Django's own mark
    return answer


def server_error(request: HttpRequest) -> HttpResponseBase:
    """handler500: what failed outside of a view."""
    error = sys.exc_info()[1]
    if isinstance(error, AWAY):
        return away(request, error)
    return _failed() if _is_api(request) else defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler400: a host we do not serve, a body too large, too many fields."""
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    return JsonResponse(body("bad_request", "The request is not valid."), status=400)


def _failed() -> HttpResponse:
    message = "Something broke on our side. The log has it under this request_id."
    return JsonResponse(body("error", message), status=500)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(f"{settings.FORCE_SCRIPT_NAME or ''}/api/")
