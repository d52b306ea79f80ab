"""``manage.py stream``: prices from one venue, live, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from prometheus_client import start_http_server

from markets import sources
from markets.services.feeds import make_none_current
from markets.sources import probe
from markets.stream import runner


class Command(BaseCommand):
    help = "Stream live prices of one venue into cache, database and sockets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--feed",
            default=settings.MARKET_FEED,
            help="auto, live, none, or a source: " + ", ".join(sources.NAMES),
        )
        parser.add_argument(
            "--metrics-port", type=int, help="serve this process's Prometheus counters on loopback"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["feed"] == "none":
            make_none_current()
            self.stdout.write("MARKET_FEED=none: stored history is shown, nothing is streamed.")
            return
        if options["metrics_port"]:
            start_http_server(options["metrics_port"], addr="127.0.0.1")
        slug = probe.choose(options["feed"])
        if slug not in sources.NAMES:
            allowed = ", ".join(("auto", "live", "none", *sources.NAMES))
            raise CommandError(f"feed: {slug!r} is none of {allowed}")
        self.stdout.write(f"Streaming {slug}.")
        asyncio.run(_stream(slug))


async def _stream(slug: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await runner.run(sources.by_name(slug), stop)
