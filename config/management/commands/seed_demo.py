"""manage.py seed_demo: the demo, on a private database only."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from config.demo.seeding import EMAIL, PASSWORD, seed


class Command(BaseCommand):
    help = "Put the demo (three portfolios, two rules) into the embedded database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is a user already"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not (settings.EMBEDDED and settings.DEBUG):
            raise CommandError(
                "The demo has a known password, so it goes only into the embedded servers with "
                "DEBUG on: unset DATABASE_URL and REDIS_URL, and do not set DEBUG=0."
            )
        if options["if_empty"] and User.objects.exists():
            return
        start = time.monotonic()
        seed(self._tell)
        self._tell(f"The demo is there ({time.monotonic() - start:.1f} s): {EMAIL} / {PASSWORD}")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
