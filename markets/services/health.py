"""What was found the last time that an outside source was asked."""

from __future__ import annotations

from django.utils import timezone

from markets.models import SourceHealth


def note_source(source: str, state: str, latency_ms: float | None, detail: str) -> str:
    """Write ``state`` (ok, failing, off), counting failures in a row; returns it."""
    health, _ = SourceHealth.objects.get_or_create(
        source=source, defaults={"checked_at": timezone.now(), "state": state}
    )
    health.failures = health.failures + 1 if state == "failing" else 0
    health.state, health.latency_ms = state, latency_ms
    health.checked_at, health.detail = timezone.now(), detail[:300]
    health.save()
    return state
