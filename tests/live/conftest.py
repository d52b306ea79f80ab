"""A live tier in a process of its own, over the tests' own databases."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.conftest import environment_of_children

ROOT = Path(__file__).resolve().parents[2]
Message = dict[str, Any]


@contextmanager
def serving(module: str, environment: dict[str, str]) -> Iterator[int]:
    """Port of a running `python -m MODULE`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", str(port)], cwd=ROOT, env=environment
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.kill()  # its polite end takes seconds, and keeps nothing
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def environment(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """In which a live tier reaches the databases of these tests."""
    return environment_of_children(tmp_path_factory.mktemp("live") / "home")


@pytest.fixture(scope="module")
def live_of_the_file(environment: dict[str, str]) -> Iterator[int]:
    """One `python -m config.live` for all tests of a file: its sockets are what each has anew."""
    with serving("config.live", environment) as port:
        yield port


@pytest.fixture
def live(transactional_db: None, live_of_the_file: int) -> int:
    """Port of a live tier that sees what the test writes."""
    return live_of_the_file


class Client:
    """A socket with the two things a test does: say, and wait for a kind of message."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self, kind: str) -> Message:
        async for text in self.socket:
            message: Message = json.loads(text)
            if message["type"] == kind:
                return message
        raise AssertionError(f"the socket closed with {self.socket.close_code}, no {kind} came")

    async def closed(self) -> int | None:
        """The code of its end, reading on until then: the library stops taking in what comes when
        16 messages wait to be read, and the end comes after them.
        """
        with suppress(ConnectionClosed):
            while True:
                await self.socket.recv()
        return self.socket.close_code


@asynccontextmanager
async def open_socket(
    port: int, token: str | None = None, headers: dict[str, str] | None = None
) -> AsyncIterator[Client]:
    """A client, signed in by token, by cookie, or not at all."""
    url = f"ws://127.0.0.1:{port}/ws/live/"
    async with connect(url, additional_headers=headers or {}) as socket:
        client = Client(socket)
        if token is not None:
            await client.say(type="authenticate", token=token)
        yield client


@pytest.fixture
def dial(live: int) -> Callable[..., Any]:
    """`async with dial(token=…)`: a client of the live tier."""
    return partial(open_socket, live)


@pytest.fixture
def people(transactional_db: None) -> dict[str, Any]:
    """Owner and stranger, made where another process sees them."""
    make = get_user_model().objects.create_user
    return {
        name: make(f"{name}@example.com", "a-long-enough-pass-phrase")
        for name in ("owner", "stranger")
    }
