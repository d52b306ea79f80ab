"""manage.py choose_feed: print which source of prices to use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from markets.sources import NAMES, probe


class Command(BaseCommand):
    help = (
        "Print the source of prices for MARKET_FEED: binance, coinbase, coingecko, simulated or "
        "none. For auto and live the public feeds are asked, for five seconds at most; why one "
        "does not serve goes to standard error."
    )
    requires_system_checks: list[str] = []  # it touches no database and must answer at once

    def handle(self, *_args: Any, **_options: Any) -> None:
        feed = settings.MARKET_FEED
        known = ("auto", "live", "none", *NAMES)
        if feed not in known:
            raise CommandError(f"MARKET_FEED: {feed!r} is none of {', '.join(known)}")
        findings = probe.ask_all() if feed in {"auto", "live"} else []
        for finding in findings:
            if finding.problem:
                self.stderr.write(f"{finding.name}: {finding.problem}")
        self.stdout.write(probe.choose(feed, findings))
