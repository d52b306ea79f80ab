"""The bank's XML, read as a stream of elements and believed in nothing. No framework.

No document type, entity or processing instruction is accepted, so that nothing can expand or point
elsewhere; what is read is bounded by size, depth, days and currencies.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Final
from xml.parsers import expat

Fixings = dict[date, dict[str, Decimal]]

MOST_DAYS: Final = 40_000
MOST_CURRENCIES: Final = 100
MOST_DEPTH: Final = 8
_CODE: Final = re.compile(r"[A-Z]{3}")
_RATE: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?")
_EARLIEST: Final = date(1999, 1, 1)


class NotFixingsError(ValueError):
    """The document is no list of rates; the text says why."""


def read(body: bytes, today: date) -> Fixings:
    """Units of each currency for one euro by day, as told; NotFixingsError on anything else.

    A day that cannot be (after ``today``, before the euro) and a rate that is no positive number
    are left out; a document of which nothing remains is refused.
    """
    reader = _Reader(today)
    try:
        reader.parser.Parse(body, True)
    except expat.ExpatError as error:
        raise NotFixingsError(f"broken XML: {error}") from None
    found = {day: rates for day, rates in reader.days.items() if rates}
    if not found:
        raise NotFixingsError("no day with a rate in it")
    return found


class _Reader:
    """Collects ``<Cube time="2026-11-20"><Cube currency="USD" rate="1.1580"/></Cube>``."""

    def __init__(self, today: date) -> None:
        self.days: Fixings = {}
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ProcessingInstructionHandler = self._refuse
        self._today = today
        self._depth = 0
        self._rates: dict[str, Decimal] | None = None

    def _refuse(self, *_declared: object) -> None:
        raise NotFixingsError("it declares a document type, an entity or an instruction")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise NotFixingsError("its elements lie too deep in each other")
        if name.rpartition(" ")[2] != "Cube":
            return
        if "time" in attributes:
            self._rates = self._day(attributes["time"])
        elif "currency" in attributes and self._rates is not None:
            self._rate(attributes["currency"], attributes.get("rate", ""))

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _day(self, text: str) -> dict[str, Decimal] | None:
        """Where the rates of this day go; None for a day that cannot be."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return None
        if not _EARLIEST <= day <= self._today:
            return None
        if len(self.days) >= MOST_DAYS:
            raise NotFixingsError(f"more than {MOST_DAYS} days")
        return self.days.setdefault(day, {})

    def _rate(self, code: str, text: str) -> None:
        rates = self._rates
        if rates is None or not (_CODE.fullmatch(code) and _RATE.fullmatch(text)):
            return
        rate = Decimal(text)
        if rate > 0 and len(rates) < MOST_CURRENCIES:
            rates[code] = rate
