"""Answers kept as the bytes that went out; those that are the same for everybody, for a second."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import structlog
from django.core.cache import cache
from django.http import HttpResponse
from redis import RedisError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

logger = structlog.get_logger(__name__)

SECONDS = 1


class CachedRead(APIView, ABC):
    """A GET whose rendered answer is kept for a second under its path and checked parameters.

    The bytes are kept, not the data: rendering costs more than fetching them.
    """

    parameters: type[Serializer[Any]] | None = None

    def get(self, request: Request, **path: str) -> HttpResponse:
        asked = self._asked(request)
        key = f"answer:{request.path}?{urlencode(sorted(asked.items()))}"
        return kept_for(SECONDS, key, lambda: self.answer(asked, **path))

    @abstractmethod
    def answer(self, asked: dict[str, Any], /, **path: str) -> Any:
        """The data of the answer for checked parameters."""

    def _asked(self, request: Request) -> dict[str, Any]:
        if self.parameters is None:
            return {}
        given = self.parameters(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked: dict[str, Any] = given.validated_data
        return asked


def kept_for(seconds: float, key: str, answer: Callable[[], Any]) -> HttpResponse:
    """`answer()` as JSON, or the bytes that it was at most `seconds` ago (0: never kept)."""
    body = _kept(key) if seconds else None
    if body is None:
        body = JSONRenderer().render(answer())
        if seconds:
            _keep(key, body, seconds)
    return HttpResponse(body, content_type="application/json")


def _kept(key: str) -> bytes | None:
    try:
        body: bytes | None = cache.get(key)
    except RedisError as error:  # slower, but the same answer
        logger.warning("answer_cache_unreachable", error=str(error))
        return None
    return body


def _keep(key: str, body: bytes, seconds: float) -> None:
    try:
        cache.set(key, body, seconds)
    except RedisError as error:
        logger.warning("answer_cache_unreachable", error=str(error))
