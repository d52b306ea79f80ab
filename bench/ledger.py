"""Ledgers of many transactions of 60 assets over 6 years: a file imported, one edit in the middle,
and the pages over it, beside the plain way (everything replayed, bulk_create).

LEDGER_SIZES (default 10000,50000,400000) says how many. Needs Django set up on a migrated database.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import requests
from django.test import Client

from accounts.models import User
from bench.answers import _served
from bench.nightly import market
from portfolios.models import Portfolio
from portfolios.services import create_portfolio

ASSETS: Final = 60
YEARS: Final = 6
ASKED: Final = 60
WARM: Final = 5
_HEADER = ["type", "symbol", "quantity", "price", "currency", "fee", "executed_at", "location"]
_HEADER += ["external_id"]


def main() -> None:
    """Print a Markdown table."""
    sizes = [int(n) for n in os.environ.get("LEDGER_SIZES", "10000,50000,400000").split(",")]
    market()
    owner = User.objects.create_user("ledger@example.com", None)
    client = Client()
    client.force_login(owner)
    cookie = client.cookies["sessionid"].value
    print("| transactions | what | clock | CPU of the worker |")
    print("|---:|---|---:|---:|")
    for size in sizes:
        portfolio = create_portfolio(owner=owner, name=f"{size} transactions")
        with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
            write_file(file, size)
            file.flush()
            found = _worked(portfolio, Path(file.name))
        _print_work(size, found)
        with _served() as address, requests.Session() as session:
            session.cookies.set("sessionid", cookie)
            for what, path in _pages(portfolio).items():
                print(_page(size, what, session, address + path), flush=True)
        portfolio.delete()
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(
        f"\n{ASSETS} assets, {YEARS} years. An edit: the price of a buy in the middle, until lots,"
        f" holdings and all later daily values are stored. Pages: {ASKED} requests of granian, one"
        f" after the other. Load of the machine at the end: {loads}."
    )


def write_file(file: Any, size: int) -> None:
    """Buys, sales of what is held, and rewards, in random order of assets; always the same."""
    dice = random.Random(size)  # noqa: S311 - test data
    start = datetime.now(UTC) - timedelta(days=365 * YEARS)
    step = timedelta(days=365 * YEARS) / (size + 1)
    held: dict[str, Decimal] = {}
    lines = csv.writer(file)
    lines.writerow(_HEADER)
    names = ["BTC", *(f"A{n}" for n in range(1, ASSETS))]
    for number in range(size):
        symbol, dart = dice.choice(names), dice.random()
        quantity = Decimal(dice.randrange(1000, 500_000)).scaleb(-4)
        price = Decimal(dice.randrange(1000, 90_000)).scaleb(-2)
        there = held.get(symbol, Decimal(0))
        kind = "sell" if there and dart < 0.42 else "reward" if dart > 0.97 else "buy"
        quantity = min(quantity, there) if kind == "sell" else quantity
        held[symbol] = there - quantity if kind == "sell" else there + quantity
        at = start + step * (number + 1)
        fee = "" if kind == "reward" else "0.001"
        place = dice.choice(["Kraken", "Binance", "Cold"])
        when = at.isoformat(timespec="seconds")
        lines.writerow([kind, symbol, quantity, price, "USD", fee, when, place, f"n{number}"])


def _worked(portfolio: Portfolio, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.ledger_work", str(portfolio.pk), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _print_work(size: int, found: dict[str, Any]) -> None:
    clocks, used = zip(*found["edits"], strict=True)
    for what, (clock, cpu) in {
        "file imported (read, preview, written, history)": found["import"],
        "six years of daily values": found["values"],
        "an edit in the middle, median": (np.median(clocks), np.median(used)),
        "an edit in the middle, slowest": (max(clocks), max(used)),
        "the same edit the plain way, without daily values": found["plain"],
    }.items():
        print(f"| {size:,} | {what} | {clock:.2f} s | {cpu:.2f} s |")
    print(f"| {size:,} | memory of the worker | {found['memory']:.0f} MB | |", flush=True)
    if found["count"] != size:
        sys.exit(f"{found['count']} transactions are there.")


def _pages(portfolio: Portfolio) -> dict[str, str]:
    one = f"/portfolios/{portfolio.pk}/"
    return {
        "dashboard": "/",
        "portfolio page": one,
        "transactions page": f"{one}transactions/",
        "returns page": f"{one}returns/",
        "reports page, a whole year": f"{one}reports/?year={datetime.now(UTC).year - 1}",
        "holdings over REST": f"/api/portfolios/{portfolio.pk}/holdings",
    }


def _page(size: int, what: str, session: requests.Session, url: str) -> str:
    taken = []
    for _ in range(WARM + ASKED):
        started = time.perf_counter()
        answer = session.get(url, timeout=60)
        taken.append((time.perf_counter() - started) * 1000)
        if answer.status_code != requests.codes.ok:
            sys.exit(f"{what}: {answer.status_code} {answer.text[:500]}")
    p50, p95 = np.percentile(taken[WARM:], [50, 95])
    return f"| {size:,} | {what} | p50 {p50:.0f} ms, p95 {p95:.0f} ms | |"
