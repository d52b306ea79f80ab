"""One HTTP wire for all sources: paced, patient, bounded, and silent about secrets.

A question waits for its turn (``rates``), is asked again after a passing failure (exponential
backoff with jitter, or as long as ``Retry-After`` says), and is not asked at all while the venue
rests after five failures in a row. What comes back is bytes of at most ``MOST_BYTES`` or a
:class:`markets.sources.base.SourceError`, whose text never holds a secret.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote, quote_plus

import msgspec
import pybreaker
import requests
import structlog
import tenacity
from pyrate_limiter import InMemoryBucket, Limiter, Rate

from markets.sources.base import SourceError

logger = structlog.get_logger(__name__)

MOST_BYTES: Final = 16 * 1024 * 1024
MOST_SECONDS: Final = 60.0
FAILURES_BEFORE_REST: Final = 5
REST_SECONDS: Final = 30.0
_BUSY: Final = {418, 429}
_PASSING: Final = {408, 425, *_BUSY}
_CHUNK: Final = 64 * 1024
_BACKOFF_SECONDS: Final = 0.5
_LONGEST_BACKOFF: Final = 60.0

Answer = TypeVar("Answer")
Params = Mapping[str, str | int | Sequence[str]]


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: exponential, with full jitter."""
    ceiling = min(_LONGEST_BACKOFF, _BACKOFF_SECONDS * 2 ** min(failures, 10))
    return random.uniform(0, ceiling)  # noqa: S311 - spreads callers, guards nothing


class Wire:
    """GET requests to one venue. Safe to use from several threads.

    ``rates`` are upper limits of this process; ``secret_params`` and ``secret_headers`` go with
    every request and never into an error or a log; ``attempts`` counts the first one;
    ``patience`` is the longest single wait in s, for a turn as well as for ``Retry-After``:
    beyond it the error comes at once and carries ``retry_after``; ``accept`` is the kind of
    answer that is wanted: markup counts as a page unless it is XML.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        rates: Sequence[Rate],
        secret_params: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        attempts: int = 4,
        patience: float = 30.0,
        timeout: tuple[float, float] = (3.05, 15.0),
        accept: str = "application/json",
    ) -> None:
        self._name = name
        self._url = url.rstrip("/")
        self._secret_params = dict(secret_params or {})
        secrets = [*self._secret_params.values(), *(secret_headers or {}).values()]
        self._secrets = [secret for secret in secrets if secret]
        self._patience = patience
        self._timeout = timeout
        self._attempts = attempts
        self._limiter = Limiter(InMemoryBucket(list(rates)))
        self._session = requests.Session()
        self._session.headers.update({"Accept": accept, **(secret_headers or {})})
        self._is_page = _is_html if accept.endswith("xml") else _is_markup
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=FAILURES_BEFORE_REST,
            reset_timeout=REST_SECONDS,
            exclude=[_says_nothing_of_health],
            throw_new_error_on_trip=False,
        )

    def get(self, path: str = "", params: Params | None = None) -> bytes:
        """The body of a 200 answer. Blocks. Raises SourceError."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=_wait,
            retry=tenacity.retry_if_exception(self._worth_asking_again),
            before_sleep=self._note,
            reraise=True,
        )
        return retrying(self._guarded, path, params or {})

    def read(self, kind: type[Answer], path: str = "", params: Params | None = None) -> Answer:
        """The body decoded as ``kind``. Blocks. Raises SourceError, also on another shape."""
        body = self.get(path, params)
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            raise self._error(f"answered in another shape: {error}", permanent=True) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._error(f"answered with no JSON: {error}") from None

    def _guarded(self, path: str, params: Params) -> bytes:
        if not self._limiter.try_acquire(self._name, timeout=self._patience):
            raise self._error("our own limit is used up", retry_after=self._patience, code="paced")
        try:
            body: bytes = self._breaker.call(self._ask, path, params)
        except pybreaker.CircuitBreakerError:
            raise self._error(
                "rests after repeated failures", retry_after=REST_SECONDS, code="resting"
            ) from None
        return body

    def _ask(self, path: str, params: Params) -> bytes:
        try:
            with self._session.get(
                self._url + path,
                params={**params, **self._secret_params},
                timeout=self._timeout,
                allow_redirects=False,  # a key must not follow to another host
                stream=True,
            ) as response:
                return self._checked(response, self._body(response))
        except requests.RequestException as error:
            raise self._error(f"did not answer: {type(error).__name__}: {error}") from None

    def _body(self, response: requests.Response) -> bytes:
        body, until = bytearray(), time.monotonic() + MOST_SECONDS
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if time.monotonic() > until:
                raise self._error(f"took more than {MOST_SECONDS:g} s for one answer")
            if len(body) > MOST_BYTES:
                raise self._error(f"answered with more than {MOST_BYTES} bytes", permanent=True)
        return bytes(body)

    def _checked(self, response: requests.Response, body: bytes) -> bytes:
        status, start = response.status_code, body[:200].lstrip()
        is_page = self._is_page(start)
        if status == 200 and not is_page:
            return body
        if status == 200:
            raise self._error("answered with a page instead of data")
        said = "a page" if is_page else start.decode("utf-8", "replace")
        raise self._error(
            f"answered HTTP {status}: {said}",
            permanent=status < 500 and status not in _PASSING,
            retry_after=_retry_after(response.headers.get("Retry-After")),
            code=status,
        )

    def _error(self, text: str, **facts: Any) -> SourceError:
        return SourceError(self.redacted(f"{self._name} {text}"), **facts)

    def redacted(self, text: str) -> str:
        """The text without any of the secrets, however they are written in a URL."""
        for secret in self._secrets:
            for form in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}:
                text = text.replace(form, "***")
        return text

    def _worth_asking_again(self, error: BaseException) -> bool:
        if not isinstance(error, SourceError) or error.permanent:
            return False
        if error.code in {418, "paced", "resting"}:
            return False
        return error.retry_after is None or error.retry_after <= self._patience

    def _note(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        logger.info("asking_again", source=self._name, attempt=state.attempt_number, why=str(error))


def _is_markup(start: bytes) -> bool:
    return start.startswith(b"<")


def _is_html(start: bytes) -> bool:
    return start.lower().startswith((b"<!doctype", b"<html"))


def _says_nothing_of_health(error: BaseException) -> bool:
    """A refusal or a full quota is an answer: only silence and breakage open the breaker."""
    return isinstance(error, SourceError) and (error.permanent or error.code in _BUSY)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    named = error.retry_after if isinstance(error, SourceError) else None
    return backoff(state.attempt_number) if named is None else named + backoff(0)


def _retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header (a number or a date), None if it says nothing sensible."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if seconds < float("inf") else None
