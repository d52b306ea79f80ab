"""Reading request parameters the way Binance does, with its error codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from markets.simulated.bars import INTERVALS

LEGAL_SYMBOL: Final = "^[A-Z0-9-_.]{1,20}$"
LEGAL_NUMBER: Final = "^[0-9]{1,20}$"
MOST: Final = 2**53


class ApiError(Exception):
    """A refusal in Binance's terms: HTTP status, negative code, message."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "msg": self.message}


def missing(name: str) -> ApiError:
    message = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    return ApiError(-1102, message)


def illegal(name: str, legal: str) -> ApiError:
    message = f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    return ApiError(-1100, message)


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of one request, checked against the pairs that are traded."""

    raw: Mapping[str, str]
    traded: frozenset[str]

    def symbol(self) -> str:
        """The mandatory pair."""
        value = self.raw.get("symbol", "")
        if not value:
            raise missing("symbol")
        return self._known(value, "symbol")

    def _known(self, value: str, name: str) -> str:
        if not re.fullmatch(LEGAL_SYMBOL, value):
            raise illegal(name, LEGAL_SYMBOL)
        if value not in self.traded:
            raise ApiError(-1121, "Invalid symbol.")
        return value

    def symbols(self) -> list[str] | None:
        """One pair, several as a JSON list, or None for all of them."""
        if "symbol" in self.raw and "symbols" in self.raw:
            raise ApiError(-1128, "Combination of optional parameters invalid.")
        if "symbol" in self.raw:
            return [self.symbol()]
        if "symbols" not in self.raw:
            return None
        try:
            names = msgspec.json.decode(self.raw["symbols"], type=list[str])
        except msgspec.DecodeError:
            raise illegal(
                "symbols", r'^\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\]$'
            ) from None
        return [self._known(name, "symbols") for name in names]

    def interval(self) -> str:
        value = self.raw.get("interval", "")
        if not value:
            raise missing("interval")
        if value not in INTERVALS:
            raise ApiError(-1120, "Invalid interval.")
        return value

    def number(self, name: str) -> int | None:
        """An optional whole number that is not negative."""
        value = self.raw.get(name)
        if value is None:
            return None
        if not re.fullmatch(LEGAL_NUMBER, value):
            raise illegal(name, LEGAL_NUMBER)
        if int(value) > MOST:
            raise ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")
        return int(value)

    def limit(self, usual: int, most: int) -> int:
        """How many rows: more than ``most`` is cut down to it, as Binance does; 0 is refused."""
        value = self.number("limit")
        if value == 0:
            raise ApiError(-1130, "Data sent for parameter 'limit' is not valid.")
        return min(value or usual, most)
