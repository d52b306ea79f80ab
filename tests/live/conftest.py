"""A live tier of its own process, over the test's own databases."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]
Message = dict[str, Any]


@pytest.fixture
def live(child_environment: dict[str, str]) -> Iterator[int]:
    """Port of a running `python -m config.live`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "config.live", "--port", str(port)], cwd=ROOT, env=child_environment
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


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
        await self.socket.wait_closed()
        return self.socket.close_code


@pytest.fixture
def dial(live: int) -> Callable[..., Any]:
    """`async with dial(token=…)`: a client, signed in by token, by cookie, or not at all."""

    @asynccontextmanager
    async def open_socket(
        token: str | None = None, headers: dict[str, str] | None = None
    ) -> AsyncIterator[Client]:
        url = f"ws://127.0.0.1:{live}/ws/live/"
        async with connect(url, additional_headers=headers or {}) as socket:
            client = Client(socket)
            if token is not None:
                await client.say(type="authenticate", token=token)
            yield client

    return open_socket


@pytest.fixture
def people(child_environment: dict[str, str]) -> dict[str, Any]:
    """Owner and stranger, made where another process sees them."""
    make = get_user_model().objects.create_user
    return {
        name: make(f"{name}@example.com", "a-long-enough-pass-phrase")
        for name in ("owner", "stranger")
    }
