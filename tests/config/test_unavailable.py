"""What callers are told while PostgreSQL and Valkey are away, and when something broke."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from accounts.models import User


@pytest.fixture
def nowhere() -> Iterator[int]:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def answers(port: int) -> dict[str, Any]:
    """What a production process tells its callers when both servers should be on this port."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"postgres://plimsoll:secret@127.0.0.1:{port}/plimsoll",
        "REDIS_URL": f"redis://:secret@127.0.0.1:{port}/0",
        "SECRET_KEY": "k" * 60,
        "ENCRYPTION_KEY": base64.b64encode(bytes(32)).decode(),
        "ALLOWED_HOSTS": "testserver",
        "HTTPS": "false",
    }
    child = subprocess.run(
        [sys.executable, "-m", "tests.config.servers_away"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,  # forever, were it not for the timeouts in the settings
        check=False,
    )
    assert child.returncode == 0, child.stderr[-2000:]
    assert "secret" not in child.stderr.replace("config.settings", "")
    found: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("port", ["nowhere", "silent"])
def test_servers_that_are_away(port: str, request: pytest.FixtureRequest) -> None:
    found = answers(request.getfixturevalue(port))
    assert found["liveness"]["status"] == 200
    assert found["health"]["status"] == 503
    parts = json.loads(found["health"]["body"])["parts"]
    assert not parts["database"]["ok"]
    assert not parts["valkey"]["ok"]
    for asked in ("token", "sign_in", "api_session"):
        assert found[asked]["status"] == 503, asked
        assert found[asked]["retry"]
        error = json.loads(found[asked]["body"])["error"]
        assert error["code"] == "unavailable"
        assert error["request_id"]
    assert found["session"]["status"] == 503
    assert "catching its breath" in found["session"]["body"]
    assert found["published"] == "OperationalError"


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


urlpatterns = [
    path("api/broken", broken),
    path("api/suspicious", suspicious),
    path("broken", broken),
    path("", include("config.urls")),
]
handler400 = "config.unavailable.bad_request"
handler500 = "config.unavailable.server_error"


@pytest.mark.parametrize("debug", [True, False])
@override_settings(ROOT_URLCONF=__name__)
def test_a_bug_is_told_in_the_shape_of_the_caller(
    debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(raise_request_exception=False)
    with override_settings(DEBUG=debug):
        answer = client.get("/api/broken")
        page = client.get("/broken")
        refused = client.get("/api/suspicious")
    assert answer.status_code == 500
    error = answer.json()["error"]
    assert error["code"] == "error"
    assert error["request_id"] == answer.headers["X-Request-ID"]
    assert "a bug" not in answer.content.decode()
    assert page.status_code == 500
    assert page.headers["Content-Type"].startswith("text/html")
    if not debug:
        assert refused.json()["error"]["code"] == "bad_request"


@override_settings(ROOT_URLCONF=__name__)
def test_a_bug_still_reaches_the_tests_and_the_log() -> None:
    with pytest.raises(RuntimeError, match="a bug"):
        Client().get("/api/broken")


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("get", "/api/nothing-here", {}, 404, "not_found"),
        ("put", "/api/users/login", {}, 405, "method_not_allowed"),
        ("post", "/api/portfolios/", {"content_type": "text/xml"}, 415, "unsupported_media_type"),
        ("post", "/api/portfolios/", {"content_type": "application/json"}, 400, "parse_error"),
        ("get", "/api/portfolios/?cursor=nonsense", {}, 404, "not_found"),
        ("delete", "/api/nothing-here", {}, 404, "not_found"),
        ("get", "/api/portfolios/%0a", {}, 404, "not_found"),
        ("get", "/api/stats/%00", {}, 400, "bad_request"),
        ("get", "/api/portfolios/?cursor=%00", {}, 400, "bad_request"),
    ],
)
def test_refusals_have_the_one_shape(
    owner: User, method: str, path: str, options: dict[str, str], status: int, code: str
) -> None:
    client = Client(enforce_csrf_checks=method == "delete")
    client.force_login(owner)
    data = {"data": "{"} if method == "post" else {}
    answer = getattr(client, method)(path, **data, **options)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["message"]
    assert error["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"[" * 50_000, 400, "parse_error"),
        (b'{"name":' * 50_000, 400, "parse_error"),
        (b'{"name":' + b"9" * 5_000 + b"}", 400, "parse_error"),
        (b'{"name":"\\ud800"}', 400, "parse_error"),
        (b'{"benchmark":"\\uD800","name":"x"}', 400, "parse_error"),
        (b'{"name":"\\ud83d\\ude00"}', 201, ""),
        (b'{"name":"a\\u0000b"}', 400, "invalid"),
        (b'{"name":"a","venue":"b\\u0000"}', 400, "invalid"),
        (b'{"name":NaN}', 400, "parse_error"),
        (b'{"name":"' + b"x" * 3_000_000 + b'"}', 413, "too_large"),
    ],
    ids=[
        "deep",
        "deep objects",
        "digits",
        "half",
        "half elsewhere",
        "pair",
        "nul",
        "nul elsewhere",
        "nan",
        "large",
    ],
)
def test_bodies_that_nobody_can_hold(owner: User, raw: bytes, status: int, code: str) -> None:
    client = Client()
    client.force_login(owner)
    answer = client.post("/api/portfolios/", data=raw, content_type="application/json")
    assert answer.status_code == status
    assert answer.json().get("error", {}).get("code", "") == code
