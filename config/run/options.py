"""What the environment asks for, checked before anything is started."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.embedded import ports

FEEDS = ("auto", "live", "simulated", "none")
SOURCES = ("binance", "coinbase", "coingecko")


class OptionError(ValueError):
    """A setting cannot work; the message names it and says what to do."""


@dataclass(frozen=True)
class Options:
    """How this run is to be."""

    code: Path
    home: Path
    port: int
    feed: str
    embedded: bool

    @property
    def live_port(self) -> int:
        """Where the live tier listens."""
        return self.port + 1

    @property
    def metrics(self) -> Path:
        """Where the processes of one run leave their numbers for `/metrics`."""
        return self.home / "var" / "run" / "metrics"

    @property
    def address(self) -> str:
        """Where people go."""
        return f"http://127.0.0.1:{self.port}"


def read(environment: Mapping[str, str] = os.environ) -> Options:
    """Options from the environment.

    Raises:
        OptionError: naming the variable.
    """
    code = Path(__file__).resolve().parents[2]
    home = Path(environment.get("PLIMSOLL_HOME") or code).resolve()
    named = [name for name in ("DATABASE_URL", "REDIS_URL") if environment.get(name)]
    if len(named) == 1:
        raise OptionError(
            f"{named[0]} is set and its sister is not: set DATABASE_URL and REDIS_URL, or neither."
        )
    feed = environment.get("MARKET_FEED") or "auto"
    if feed not in FEEDS + SOURCES:
        raise OptionError(f"MARKET_FEED={feed} is not a feed: use one of {', '.join(FEEDS)}.")
    return Options(code, home, _port(environment.get("PORT") or "8000"), feed, not named)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65534:
        raise OptionError(f"PORT={text} is not a port: use a number from 1 to 65534.")
    return int(text)


def check_ports(options: Options) -> None:
    """Refuse to start where somebody else listens.

    Raises:
        OptionError: naming the port and the variable.
    """
    uses = {options.port: "Plimsoll's pages", options.live_port: "the live tier (PORT + 1)"}
    for port, use in uses.items():
        if not ports.is_free(port):
            raise OptionError(
                f"Port {port}, wanted for {use}, is taken by another program: "
                f"end that one, or choose another with `make run PORT={_suggestion(options)}`."
            )


def _suggestion(options: Options) -> int:
    start = options.port + 10
    pairs = (port for port in range(start, start + 1000, 10) if port < 65534)
    free = (port for port in pairs if ports.is_free(port) and ports.is_free(port + 1))
    return next(free, start)
