"""``manage.py import_candles FILE.csv``: history into the database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from markets.candle_csv import BadRow
from markets.services import ImportFailedError, import_candles

MOST_SHOWN = 100


class Command(BaseCommand):
    help = (
        "Import OHLCV history from a CSV file with the columns"
        " date (or timestamp), symbol, open, high, low, close, volume."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--venue", default="import", help="whose prices they are: a slug")
        parser.add_argument(
            "--all-or-nothing",
            action="store_true",
            help="one bad row stops the import; else the good rows go in and the bad are named",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            skip_bad = not options["all_or_nothing"]
            report = import_candles(options["file"], options["venue"], skip_bad=skip_bad)
        except ImportFailedError as error:
            self._show(error.bad)
            raise CommandError(f"Nothing was imported: {error}.") from error
        self._show(report.bad)
        self.stdout.write(
            f"{report.rows:,} rows of {report.symbols} symbols ({report.interval}) at"
            f" {report.venue}: {report.inserted:,} inserted, {report.updated:,} updated,"
            f" {len(report.bad):,} skipped, in {report.seconds:.1f} s"
        )

    def _show(self, bad: list[BadRow]) -> None:
        for row in bad[:MOST_SHOWN]:
            self.stderr.write(str(row))
        if len(bad) > MOST_SHOWN:
            self.stderr.write(f"… and {len(bad) - MOST_SHOWN:,} more bad rows")
