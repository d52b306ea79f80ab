"""`python -m tests.config.servers_away`: asks a Plimsoll whose servers are away.

Prints the answers. DATABASE_URL and REDIS_URL are set by the test.
"""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from celery import current_app  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from kombu.exceptions import OperationalError  # noqa: E402

import config.celery  # noqa: E402, F401
from accounts.tokens import Claims, encode  # noqa: E402


def ask(method: str, path: str, **options: Any) -> dict[str, Any]:
    """What came back."""
    client = Client(raise_request_exception=False)
    answer = getattr(client, method)(path, **options)
    return {
        "status": answer.status_code,
        "type": answer.headers["Content-Type"],
        "retry": answer.headers.get("Retry-After"),
        "body": answer.content.decode(),
    }


def bearer() -> dict[str, str]:
    """A token that only the database could refuse."""
    now = datetime.now(UTC)
    claims = Claims(1, uuid.uuid4(), uuid.uuid4(), "x", now + timedelta(hours=1))
    return {"Authorization": f"Bearer {encode(claims, 'access', now)}"}


def publish() -> str:
    """What sending a task comes to."""
    try:
        current_app.send_task(settings.CYCLE_TASK, queue="pipeline", ignore_result=True)
    except OperationalError as error:
        return type(error).__name__
    return "sent"


def main() -> None:
    """Print one JSON object."""
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.core.files.storage.InMemoryStorage"
    person = {"email": "a@example.com", "password": "a-long-enough-pass-phrase"}
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={'a' * 32}"}
    found: dict[str, Any] = {"liveness": ask("get", "/health")}
    asked: dict[str, Callable[[], Any]] = {
        "health": lambda: ask("get", "/api/health"),
        "token": lambda: ask("get", "/api/portfolios/", headers=bearer()),
        "sign_in": lambda: ask(
            "post", "/api/users/login", data=person, content_type="application/json"
        ),
        "session": lambda: ask("get", "/", headers=cookie),
        "api_session": lambda: ask("get", "/api/portfolios/", headers=cookie),
        "published": publish,
    }
    with ThreadPoolExecutor(len(asked)) as together:  # each waits for the timeouts of both servers
        answers = {name: together.submit(question) for name, question in asked.items()}
        found |= {name: answer.result() for name, answer in answers.items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
