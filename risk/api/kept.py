"""Answers kept for a second, as the bytes that go out: who polls a figure many times a second, or
opens it in five tabs, has it computed once. An edit raises the portfolio's revision, which is part
of the key, so nobody is shown a ledger from before their own edit.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from redis.exceptions import RedisError
from rest_framework.renderers import JSONRenderer

from portfolios.models import Portfolio
from risk.parameters import Parameters


def kept(
    portfolio: Portfolio, asked: Parameters, answer: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """`answer()`, or what it was at most `settings.RISK_ANSWER_SECONDS` ago (0: never kept)."""
    seconds = settings.RISK_ANSWER_SECONDS
    question = blake2b(repr(asked).encode(), digest_size=12).hexdigest()
    key = f"risk:answer:{portfolio.pk}:{portfolio.revision}:{question}"
    body: bytes | None = _read(key) if seconds else None
    if body is None:
        body = JSONRenderer().render(answer())
        if seconds:
            _write(key, body, seconds)
    return HttpResponse(body, content_type="application/json")


def _read(key: str) -> bytes | None:
    try:
        found: bytes | None = cache.get(key)
    except RedisError:  # without Valkey it is computed each time
        return None
    return found


def _write(key: str, body: bytes, seconds: float) -> None:
    try:
        cache.set(key, body, seconds)
    except RedisError:
        return
