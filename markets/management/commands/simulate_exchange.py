"""manage.py simulate_exchange: serve the built-in simulated exchange on loopback."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from markets.simulated.market import DEFAULT_RATE, DEFAULT_SEED
from markets.simulated.server import SimulatedExchange
from markets.simulated.state import StateError


class Command(BaseCommand):
    help = "Serve a simulated exchange that speaks Binance Spot's protocol on 127.0.0.1."
    requires_system_checks: list[str] = []  # it touches no database and must be up at once

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8790, help="0 takes any free port")
        parser.add_argument(
            "--seed", type=int, help=f"which market; by default the state file's, or {DEFAULT_SEED}"
        )
        parser.add_argument(
            "--rate",
            type=float,
            help=f"usual trades a second; by default the state file's, or {DEFAULT_RATE:g}",
        )
        parser.add_argument("--state", type=Path, help="file that keeps pushed trades")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not 0 <= options["port"] <= 65535:
            raise CommandError(f"--port: {options['port']} is not from 0 to 65535")
        if options["rate"] is not None and not 0 < options["rate"] <= 2000:
            raise CommandError(f"--rate: {options['rate']} is not above 0 and at most 2000")
        if options["seed"] is not None and options["seed"] < 0:
            raise CommandError(f"--seed: {options['seed']} is negative")
        try:
            asyncio.run(self._serve(options))
        except StateError as error:
            raise CommandError(f"--state: {error}") from error
        except OSError as error:
            raise CommandError(f"--port: cannot listen on {options['port']}: {error}") from error

    async def _serve(self, options: dict[str, Any]) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, stop.set)
        chosen = {name: options[name] for name in ("port", "seed", "rate", "state")}
        async with SimulatedExchange(**chosen) as exchange:
            self.stdout.write(f"simulated exchange at {exchange.rest_url}")
            self.stdout.flush()
            await stop.wait()
