"""One price to many sockets of one process: the hub beside one Channels group member a socket.

Server and clients are separate processes on this machine; a message carries the clock of its
sending, and each client notes the delay until it read it. So the clients' own work is inside.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from channels.layers import get_channel_layer

SOCKETS = int(os.environ.get("BENCH_SOCKETS", "1000"))
PRICES = 40
PAUSE = 0.25  # as the stream conflates: four a second


def main() -> None:
    rows = [("Channels group, one member a socket", *measure("bench.plain_live"))]
    rows.append(("hub, one subscription a process", *measure("config.live")))
    print(f"One price to {SOCKETS} sockets, {PRICES} prices, {1 / PAUSE:.0f} a second\n")
    print("| way | p50 ms | p99 ms | worst ms | delivered |")
    print("|---|---:|---:|---:|---:|")
    for name, delays in rows:
        cuts = statistics.quantiles(delays, n=100)
        share = len(delays) / (SOCKETS * PRICES)
        print(f"| {name} | {cuts[49]:.1f} | {cuts[98]:.1f} | {max(delays):.1f} | {share:.1%} |")


def measure(module: str) -> tuple[list[float]]:
    """Delays in ms of every price at every socket, of a live tier run as `python -m module`."""
    with server(module) as port:
        client = [sys.executable, "-m", "bench.fanout_clients", str(port), str(SOCKETS)]
        with subprocess.Popen(  # noqa: S603  (our own interpreter and module)
            client, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_client_env()
        ) as listeners:
            if listeners.stdout is None or listeners.stdin is None:
                raise RuntimeError("the clients' pipes were not opened")
            ready = listeners.stdout.readline()
            if ready.strip() != "ready":
                raise RuntimeError(f"the clients did not connect: {ready!r}")
            asyncio.run(push())
            listeners.stdin.close()
            return (json.loads(listeners.stdout.read()),)


async def push() -> None:
    layer = get_channel_layer()
    for number in range(PRICES):
        price = {"price": "64210.5", "time": str(time.time_ns()), "change_24h": 0.01}
        payload = {"type": "price_update", "seq": number, "prices": {"BTC": price}}
        message = {"type": "live.message", "channel": "prices", "payload": payload}
        await layer.group_send("live.prices", message)
        await asyncio.sleep(PAUSE)
    await asyncio.sleep(1)


@contextmanager
def server(module: str) -> Iterator[int]:
    """Runs the server on a free port of the loopback; ends it by its own process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", module, "--port", str(port)])  # noqa: S603
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port}")


def _client_env() -> dict[str, str]:
    from accounts.models import User  # noqa: PLC0415  (Django is set up by now)
    from accounts.services import issue  # noqa: PLC0415

    user, _ = User.objects.get_or_create(email="bench@example.com")
    return {**os.environ, "BENCH_TOKEN": issue(user=user).access}
