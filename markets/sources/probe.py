"""Which public feed answers from here: asked all at once, decided within five seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

from django.conf import settings
from pyrate_limiter import Duration, Rate
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from markets.sources.base import SourceError
from markets.sources.wire import Wire

#: In the order of preference.
PUBLIC: Final = ("binance", "coinbase", "coingecko")
SIMULATED: Final = "simulated"
DEADLINE_SECONDS: Final = 4.5
_STEP_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one feed said: ``problem`` is empty if it serves. ``seconds`` it took to find out."""

    name: str
    problem: str
    seconds: float


def choose(feed: str, findings: Sequence[Finding] | None = None) -> str:
    """The source to use for a value of MARKET_FEED.

    ``auto``: the best public feed that answers, else the simulated exchange. ``live``: the best
    public feed that answers, else the first, which then keeps trying. Anything else stands for
    itself. ``findings`` are those of :func:`ask_all`, which is called if they are not given.
    """
    if feed not in {"auto", "live"}:
        return feed
    found = ask_all() if findings is None else findings
    serving = [finding.name for finding in found if not finding.problem]
    if serving:
        return serving[0]
    return PUBLIC[0] if feed == "live" else SIMULATED


def ask_all(deadline: float = DEADLINE_SECONDS) -> list[Finding]:
    """Ask the public feeds side by side; those that take longer than ``deadline`` s have failed.

    Returns early once the best feed that can still answer has answered. In order of preference.
    """
    answers: SimpleQueue[Finding] = SimpleQueue()
    for name in PUBLIC:
        work = threading.Thread(target=lambda name=name: answers.put(check(name)), daemon=True)
        work.start()
    until, found = time.monotonic() + deadline, dict[str, Finding]()
    while len(found) < len(PUBLIC) and not _is_decided(found):
        try:
            finding = answers.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            break
        found[finding.name] = finding
    late = f"no answer within {deadline:g} s"
    return [found.get(name, Finding(name, late, deadline)) for name in PUBLIC]


def _is_decided(found: dict[str, Finding]) -> bool:
    """A feed serves and all that are preferred to it have failed."""
    for name in PUBLIC:
        if name not in found:
            return False
        if not found[name].problem:
            return True
    return True


def check(name: str) -> Finding:
    """Whether one source serves now, its live connection included. Blocks for seconds.

    KeyError on a name that is not in PUBLIC.
    """
    ask, started = _CHECKS[name], time.monotonic()
    try:
        ask()
        problem = ""
    except (SourceError, OSError, WebSocketException) as error:
        problem = f"{error or type(error).__name__}"[:300]
    return Finding(name, problem, time.monotonic() - started)


def _wire(name: str, url: str) -> Wire:
    timeout = (_STEP_SECONDS, _STEP_SECONDS)
    return Wire(name, url, rates=[Rate(10, Duration.SECOND)], attempts=1, timeout=timeout)


def _open_socket(url: str) -> None:
    with connect(url, open_timeout=_STEP_SECONDS, close_timeout=0.2):
        pass


def _ask_binance() -> None:
    wire = _wire("binance", settings.BINANCE_REST_URL)
    wire.read(dict[str, Any], "/api/v3/ping")
    moment = wire.read(dict[str, Any], "/api/v3/time").get("serverTime")
    if not isinstance(moment, int):
        raise SourceError("binance told no time")
    _open_socket(settings.BINANCE_WS_URL.rstrip("/") + "/ws")


def _ask_coinbase() -> None:
    wire = _wire("coinbase", settings.COINBASE_REST_URL)
    if "iso" not in wire.read(dict[str, Any], "/api/v3/brokerage/time"):
        raise SourceError("coinbase told no time")
    _open_socket(settings.COINBASE_WS_URL)


def _ask_coingecko() -> None:
    wire = _wire("coingecko", settings.COINGECKO_URL)
    if "gecko_says" not in wire.read(dict[str, Any], "/ping"):
        raise SourceError("coingecko said nothing")


_CHECKS: Final[dict[str, Callable[[], None]]] = {
    "binance": _ask_binance,
    "coinbase": _ask_coinbase,
    "coingecko": _ask_coingecko,
}
