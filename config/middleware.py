"""What wraps every request: an id, the person's time zone, the admin's own content policy."""

from __future__ import annotations

import re
import time
import uuid
import zoneinfo
from collections.abc import Callable

import structlog
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponseBase]

_PLAIN_ID = re.compile(r"[A-Za-z0-9\-]{8,64}")


def request_id() -> str:
    """The id of the request being served; empty outside of one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


class RequestIdMiddleware:
    """Gives each request an id (a proxy's own is kept), in logs, errors and `X-Request-ID`."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        identity = given if _PLAIN_ID.fullmatch(given) else uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=identity):
            response = self.get_response(request)
        response["X-Request-ID"] = identity
        if request.path.startswith("/admin/"):
            response["Content-Security-Policy"] = ADMIN_POLICY
        elif request.path.startswith("/api/docs/"):
            response["Content-Security-Policy"] = DOCS_POLICY
        return response


#: django-unfold's pages run Alpine, which evaluates expressions, and carry inline styles.
ADMIN_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
)
#: The API browser (Swagger UI, served from this host) writes inline styles.
DOCS_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
)


class SessionActivityMiddleware:
    """Notes in the sessions list when a session was last used, once a minute in each process: four
    queries that every request would pay for otherwise.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.session.session_key
        if key and _signed_in(request) and _is_new(key, int(time.time() // 60)):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


class PartsMiddleware:
    """Parts of a page come from the page's own address: a browser must not keep one, or Back would
    show it in the place of the page.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if request.headers.get("HX-Request") == "true":
            response.headers.setdefault("Cache-Control", "no-store")
        return response


_seen: dict[str, int] = {}


def _is_new(key: str, minute: int) -> bool:
    """Whether this process meets the session for the first time in this minute."""
    if _seen.get(key) == minute:
        return False
    for old in [other for other, at in _seen.items() if at != minute]:
        del _seen[old]
    _seen[key] = minute
    return True


class PreferencesMiddleware:
    """Shows times in the person's own zone, and lets the page reach the live tier."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        preferences = getattr(request.user, "preferences", None) if _signed_in(request) else None
        zone = zoneinfo.ZoneInfo(preferences.time_zone) if preferences else zoneinfo.ZoneInfo("UTC")
        with timezone.override(zone):
            response = self.get_response(request)
        if not hasattr(response, "_csp_update"):
            response._csp_update = {"connect-src": [live_url(request)]}  # type: ignore[attr-defined]  # noqa: SLF001
        return response


def live_url(request: HttpRequest) -> str:
    """Address of `/ws/live/`: LIVE_URL, or the next port up on the host the page came from."""
    if settings.LIVE_URL:
        return str(settings.LIVE_URL)
    scheme = "wss" if request.is_secure() else "ws"
    host = request.get_host()
    if not settings.EMBEDDED:
        return f"{scheme}://{host}/ws/live/"
    name, _, port = host.rpartition(":") if ":" in host else (host, "", "80")
    return f"{scheme}://{name}:{int(port) + 1}/ws/live/"


def _signed_in(request: HttpRequest) -> bool:
    return request.path.startswith("/static/") is False and request.user.is_authenticated
