"""Liveness, readiness with each part's state, and the numbers for Prometheus."""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from redis.exceptions import RedisError

from config.models import Cursor
from markets.selectors import feed_state

#: A cycle runs at least every 15 s (config/schedule.py).
CYCLE_OVERDUE = timedelta(seconds=60)


@require_safe
def liveness(request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is asked, so that a balancer may ask often."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readiness(request: HttpRequest) -> JsonResponse:
    """200 while both servers answer; worker and feed are told but do not take the site down."""
    parts = {"database": _timed(_database), "valkey": _timed(_valkey)}
    ready = all(part["ok"] for part in parts.values())
    if ready:
        parts |= {"worker": _worker(), "feed": _feed()}
    state = "ok" if all(part["ok"] for part in parts.values()) else "degraded"
    body = {"status": state if ready else "down", "parts": parts, "time": timezone.now()}
    return JsonResponse(body, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format: for this machine, or for whoever has METRICS_TOKEN."""
    if not _may_scrape(request):
        return HttpResponseForbidden("Set METRICS_TOKEN and send it as a bearer token.\n")
    return ExportToDjangoView(request)  # type: ignore[no-any-return]


def _may_scrape(request: HttpRequest) -> bool:
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), expected.encode())
    return ipaddress.ip_address(request.META["REMOTE_ADDR"] or "0.0.0.0").is_loopback  # noqa: S104


def _timed(check: Callable[[], None]) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        check()
    except (DatabaseError, RedisError) as error:
        return {"ok": False, "detail": type(error).__name__}
    return {"ok": True, "latency_ms": round((time.perf_counter() - start) * 1000, 2)}


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _valkey() -> None:
    cache.get("health")


def _worker() -> dict[str, Any]:
    last = Cursor.objects.filter(name="prices").values_list("finished_at", flat=True).first()
    if last is None:
        return {"ok": False, "detail": "no cycle has run yet"}
    return {"ok": timezone.now() - last < CYCLE_OVERDUE, "last_cycle": last}


def _feed() -> dict[str, Any]:
    feed = feed_state()
    return {
        "ok": feed.status in {"live", "simulated", "stored"},
        "status": feed.status,
        "venue": feed.venue,
        "age_seconds": feed.age_seconds,
    }
