"""One portfolio's risk over HTTP, warm: the whole answer, a what-if and the page, of 10 and of 60
assets, asked one after the other of granian as `make run` starts it.

Needs Django set up on a migrated database of its own.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
import requests
from django.test import Client

from accounts.models import User
from bench.nightly import ASSETS, market
from config.pipeline import run_cycle
from portfolios.models import Portfolio
from portfolios.services import add_transaction, add_transactions, create_portfolio

SIZES: Final = (10, 60)
ASKED: Final = 200
WARM: Final = 20


def main() -> None:
    """Print a Markdown table."""
    market()
    owner = User.objects.create_user("answers@example.com", None)
    portfolios = {size: _portfolio(owner, size) for size in SIZES}
    client = Client()
    client.force_login(owner)
    cookie = client.cookies["sessionid"].value
    print("| what | assets | p50 | p95 | p99 | size |")
    print("|---|---:|---:|---:|---:|---:|")
    with _served() as address, requests.Session() as session:
        session.cookies.set("sessionid", cookie)
        session.headers["X-CSRFToken"] = "c" * 32
        session.headers["Referer"] = address
        session.cookies.set("csrftoken", "c" * 32)
        for size, portfolio in portfolios.items():
            print(_line("an edit, to its stored figure", size, _edits(portfolio), ""), flush=True)
            for what, ask in _questions(session, address, portfolio).items():
                print(_row(what, size, ask), flush=True)
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(
        f"\n{ASKED} requests each, one after the other, from a client on the same two cores;"
        f" {ASSETS} assets at the venue, 365 returns. Load of the machine meanwhile: {loads}."
    )


def _portfolio(owner: User, size: int) -> Portfolio:
    portfolio = create_portfolio(owner=owner, name=f"{size} assets")
    then = datetime.now(UTC) - timedelta(days=30)
    names = ["BTC", *(f"A{n}" for n in range(1, size))]
    rows = [
        {
            "type": "buy",
            "symbol": name,
            "quantity": Decimal(1 + at % 7),
            "price": Decimal(100),
            "currency": "USD",
            "executed_at": then,
        }
        for at, name in enumerate(names)
    ]
    add_transactions(portfolio=portfolio, rows=rows)
    return portfolio


def _questions(
    session: requests.Session, address: str, portfolio: Portfolio
) -> dict[str, Callable[[], requests.Response]]:
    api = f"{address}/api/risk/portfolios/{portfolio.pk}"
    trade = {"trades": [{"symbol": "BTC", "quantity": "0.5"}, {"symbol": "A3", "quantity": "-1"}]}
    return {
        "risk answer": lambda: session.get(api, timeout=30),
        "what-if": lambda: session.post(f"{api}/what-if", json=trade, timeout=30),
        "page Risk": lambda: session.get(f"{address}/risk/?portfolio={portfolio.pk}", timeout=30),
    }


def _row(what: str, size: int, ask: Callable[[], requests.Response]) -> str:
    taken = []
    for _ in range(WARM + ASKED):
        started = time.perf_counter()
        answer = ask()
        taken.append((time.perf_counter() - started) * 1000)
        if answer.status_code != requests.codes.ok:
            sys.exit(f"{what}: {answer.status_code} {answer.text[:500]}")
    return _line(what, size, taken[WARM:], f"{len(answer.content) / 1000:.0f} kB")


def _edits(portfolio: Portfolio) -> list[float]:
    """Milliseconds from a new transaction over daily values to the risk snapshot, in one process:
    what the web server, the message and the worker do between them.
    """
    taken = []
    for at in range(WARM // 4 + ASKED // 4):
        started = time.perf_counter()
        then = datetime.now(UTC) - timedelta(seconds=ASKED - at)
        add_transaction(
            portfolio=portfolio,
            type="buy",
            symbol="BTC",
            quantity="0.01",
            price="100",
            executed_at=then,
        )
        run_cycle([portfolio.pk])
        taken.append((time.perf_counter() - started) * 1000)
    return taken[WARM // 4 :]


def _line(what: str, size: int, taken: list[float], weight: str) -> str:
    p50, p95, p99 = np.percentile(taken, [50, 95, 99])
    return f"| {what} | {size} | {p50:.1f} ms | {p95:.1f} ms | {p99:.1f} ms | {weight} |"


@contextmanager
def _served() -> Iterator[str]:
    """Two workers of granian, as `config.run` starts them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = (
        "-m granian --interface wsgi --no-ws --workers 2 --blocking-threads 1 --log-level warning"
    )
    command = [sys.executable, *options.split(), "--port", str(port), "config.wsgi:application"]
    server = subprocess.Popen(command)  # noqa: S603
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            requests.get(f"{address}/health", timeout=30)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    sys.exit("granian did not answer within 30 s.")
