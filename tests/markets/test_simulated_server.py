"""manage.py simulate_exchange: up at once, down cleanly, and the same market after a restart."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command

from markets.simulated.exchange import Exchange
from markets.simulated.limits import Limits
from markets.simulated.state import StateError

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(environment: dict[str, str], *options: str) -> Iterator[tuple[Any, str]]:
    """The command as a child process, and the address that it prints once it serves."""
    child = subprocess.Popen(
        [sys.executable, "manage.py", "simulate_exchange", *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        assert "simulated exchange at http://127.0.0.1:" in line, line + child.stdout.read()
        yield child, line.split()[-1]
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


@pytest.fixture
def environment() -> dict[str, str]:
    return dict(os.environ)


def test_it_serves_and_stops_on_sigterm(environment: dict[str, str]) -> None:
    with running(environment, "--port", "0") as (child, url):
        assert requests.get(f"{url}/api/v3/ping", timeout=5).json() == {}
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url}/api/v3/ping", timeout=5)


def test_a_restart_goes_on_with_what_was_pushed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    options = ("--port", "0", "--state", str(tmp_path / "var" / "exchange.json"))
    order = {"symbol": "ETHUSDT", "price": "2500.5", "quantity": "3"}
    with running(environment, *options) as (_child, url):  # killed: nothing may be lost
        pushed = requests.post(f"{url}/sim/trade", json=order, timeout=5).json()
    asked = {"symbol": "ETHUSDT", "fromId": pushed["id"] - 3, "limit": 5}
    with running(environment, *options) as (_child, url):
        deadline = time.monotonic() + 20
        kept: list[Any] = []
        while len(kept) < 5 and time.monotonic() < deadline:
            kept = requests.get(f"{url}/api/v3/historicalTrades", params=asked, timeout=5).json()
        assert [trade["id"] for trade in kept] == [pushed["id"] + i for i in range(-3, 2)]
        assert kept[3] | {"symbol": "ETHUSDT"} == pushed
        assert abs(Decimal(kept[4]["price"]) / Decimal("2500.5") - 1) < Decimal("0.01")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--rate", "0"], "--rate"),
        (["--seed", "-1"], "--seed"),
        (["--port", "70000"], "--port"),
    ],
)
def test_bad_options_are_named(options: list[str], word: str) -> None:
    with pytest.raises(CommandError, match=word) as refused:
        call_command("simulate_exchange", *options)
    assert refused.value.returncode == 1


def test_a_taken_port_is_named(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "manage.py", "simulate_exchange", "--port", port]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert f"--port: cannot listen on {port}" in done.stderr


def test_a_state_file_belongs_to_one_market(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    Exchange(9, 30.0, limits=Limits(), state=path).push("BTCUSDT", Decimal(70000), Decimal(1))
    with pytest.raises(StateError, match="--seed 9 --rate 30"):
        Exchange(8, 30.0, limits=Limits(), state=path)
    assert Exchange(limits=Limits(), state=path).market.tapes["BTCUSDT"].pushes
    path.write_text(path.read_text().replace("BTCUSDT", "NOPEUSDT"))
    with pytest.raises(StateError, match="cannot replay"):
        Exchange(limits=Limits(), state=path)
    path.write_text("{")
    with pytest.raises(StateError, match="not a state file"):
        Exchange(9, 30.0, limits=Limits(), state=path)


def test_the_clock_never_goes_back() -> None:
    moments = iter([1_795_000_000_000, 1_795_000_005_000, 1_795_000_001_000])
    exchange = Exchange(9, 30.0, limits=Limits(), clock=lambda: next(moments))
    assert exchange.now() == 1_795_000_005_000
    assert exchange.now() == 1_795_000_005_000
