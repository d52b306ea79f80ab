"""Production settings: what `check --deploy` says of them, and what it says of wrong ones."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest

PRODUCTION = {
    "DATABASE_URL": "postgres://plimsoll:secret@127.0.0.1:1/plimsoll",
    "REDIS_URL": "redis://:secret@127.0.0.1:1/0",
    "SECRET_KEY": base64.b64encode(bytes(range(48))).decode(),
    "ENCRYPTION_KEY": base64.b64encode(bytes(32)).decode(),
    "ALLOWED_HOSTS": "plimsoll.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://plimsoll.example.org",
    "EMAIL_URL": "smtp+tls://user:password@smtp.example.org:587",
    "TRUST_PROXY": "true",
}


def check(**changes: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy`, warnings being failures."""
    environment = {"PATH": os.environ["PATH"], **PRODUCTION, **changes}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_production_settings_are_clean() -> None:
    done = check()
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("changes", "identity"),
    [
        ({"DEBUG": "true"}, "plimsoll.E020"),
        ({"SECRET_KEY": ""}, "plimsoll.E010"),
        ({"ENCRYPTION_KEY": "short", "MARKET_FEED": "moon"}, "plimsoll.E011"),
        ({"MARKET_FEED": "moon"}, "plimsoll.E030"),
        ({"SECRET_KEY": "short"}, "security.W009"),
        ({"EMAIL_URL": ""}, "plimsoll.W021"),
        ({"HTTPS": "false"}, "security.W012"),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value),
)
def test_a_wrong_setting_is_named(changes: dict[str, str], identity: str) -> None:
    done = check(**changes)
    assert done.returncode != 0
    assert identity in done.stderr + done.stdout
    assert "secret@" not in done.stderr + done.stdout
