"""The European Central Bank: what currencies were worth on each working day. No key.

Protocol: www.ecb.europa.eu/stats/eurofxref, "euro foreign exchange reference rates". One fixing a
working day (TARGET calendar), told at about 16:00 in Frankfurt: units of a currency for one euro.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from django.conf import settings
from pyrate_limiter import Duration, Rate

from markets.sources.base import SourceError
from markets.sources.ecb.document import Fixings, NotFixingsError, read
from markets.sources.wire import Wire

#: Our own manners: the bank names no limit, and there is one new fixing a day.
RATES: Final = (Rate(10, Duration.MINUTE),)
_PLACES: Final = Decimal("1e-18")
_RECENT: Final = "/eurofxref-hist-90d.xml"
_ALL: Final = "/eurofxref-hist.xml"
RECENT_DAYS: Final = 90
_TIMEOUT: Final = (5.0, 30.0)


class CentralBank:
    """Blocking. Raises :class:`markets.sources.base.SourceError`."""

    def __init__(self, url: str) -> None:
        self._wire = Wire(
            "ecb", url, rates=RATES, attempts=3, timeout=_TIMEOUT, accept="application/xml"
        )

    def fixings(self, *, today: date, since: date | None = None) -> Fixings:
        """Dollars for one unit of each currency by day; the short file where it reaches ``since``.

        Days after ``today``, days without a dollar and rates that are no positive numbers are
        left out.
        """
        is_recent = since is not None and (today - since).days < RECENT_DAYS - 5
        body = self._wire.get(_RECENT if is_recent else _ALL)
        try:
            per_euro = read(body, today)
        except NotFixingsError as error:
            raise SourceError(f"ecb answered with no rates: {error}") from None
        found = {day: _in_dollars(rates) for day, rates in per_euro.items() if "USD" in rates}
        if not found:
            raise SourceError("ecb answered with no rate of the dollar")
        return found


def _in_dollars(per_euro: dict[str, Decimal]) -> dict[str, Decimal]:
    """From units for one euro to dollars for one unit."""
    dollar = per_euro["USD"]
    others = {code: rate for code, rate in per_euro.items() if code != "USD"}
    found = {code: (dollar / rate).quantize(_PLACES) for code, rate in others.items()}
    return {"EUR": dollar, **{code: price for code, price in found.items() if price}}


def live() -> CentralBank:
    """The bank itself, at the settings' address."""
    return CentralBank(settings.ECB_URL)
