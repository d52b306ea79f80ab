"""Etherscan: balances of Ethereum addresses. No source of prices.

Protocol: docs.etherscan.io, API V2 (``account/balance``, ``balancemulti``, ``tokenbalance``).
Errors come with HTTP 200: the body's ``status`` decides. Pages that show a balance owe CREDIT.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeVar

import msgspec
from django.conf import settings
from pyrate_limiter import Duration, Rate

from markets.sources.base import SourceError
from markets.sources.wire import Params, Wire

CREDIT: Final = "Powered by Etherscan.io APIs"
ADDRESSES_A_QUESTION: Final = 20
#: The free plan's limits.
RATES: Final = (Rate(3, Duration.SECOND), Rate(100_000, Duration.DAY))
_ATTEMPTS: Final = 3
_ETHER_DECIMALS: Final = 18
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
#: More than every ether or token there can be; numeric(38,18) holds it.
_TOO_LARGE: Final = Decimal(10) ** 20
#: What passes: Etherscan's own busy words, which come as HTTP 200.
_BUSY: Final = re.compile(r"rate limit|timeout|temporarily|busy|try again|max calls", re.IGNORECASE)
_KEY: Final = re.compile(r"api ?key", re.IGNORECASE)

Result = TypeVar("Result")


class _Answer(msgspec.Struct, frozen=True):
    status: str = ""
    message: str = ""
    result: msgspec.Raw = msgspec.Raw(b"null")


class _Balance(msgspec.Struct, frozen=True):
    account: str
    balance: str


class Etherscan:
    """Balances on one chain (1 = Ethereum). Blocking; raises SourceError.

    An address is 0x and 40 hexadecimal digits, else ValueError.
    """

    def __init__(self, url: str, key: str, *, chain: int = 1) -> None:
        self._key = key
        self._chain = chain
        self._wire = Wire(
            "etherscan", url, rates=RATES, secret_params={"apikey": key}, attempts=_ATTEMPTS
        )

    def balance(self, address: str) -> Decimal:
        """Ether held by the address."""
        asked: Params = {"action": "balance", "address": _checked(address), "tag": "latest"}
        return _amount(self._ask(str, asked), _ETHER_DECIMALS)

    def balances(self, addresses: Sequence[str]) -> dict[str, Decimal]:
        """Ether held by each address, under the spelling in which it was asked."""
        spelt = {_checked(address).lower(): address for address in addresses}
        found: dict[str, Decimal] = {}
        names = list(spelt)
        for first in range(0, len(names), ADDRESSES_A_QUESTION):
            part = names[first : first + ADDRESSES_A_QUESTION]
            asked: Params = {"action": "balancemulti", "address": ",".join(part), "tag": "latest"}
            for row in self._ask(list[_Balance], asked):
                if row.account.lower() in part:
                    found[spelt[row.account.lower()]] = _amount(row.balance, _ETHER_DECIMALS)
        missing = [address for address in spelt.values() if address not in found]
        if missing:
            raise SourceError(f"etherscan left out {len(missing)} of {len(spelt)} addresses")
        return found

    def token_balance(self, address: str, contract: str, decimals: int) -> Decimal:
        """Units of an ERC-20 token held by the address; ``decimals`` are the token's own."""
        asked: Params = {
            "action": "tokenbalance",
            "address": _checked(address),
            "contractaddress": _checked(contract),
            "tag": "latest",
        }
        return _amount(self._ask(str, asked), decimals)

    def _ask(self, kind: type[Result], params: Params) -> Result:
        if not self._key:
            raise SourceError("ETHERSCAN_API_KEY is not set", permanent=True, code="no_key")
        whole = {"chainid": self._chain, "module": "account", **params}
        answer = self._wire.read(_Answer, "", whole)
        if answer.status != "1":
            raise self._refusal(answer)
        try:
            return msgspec.json.decode(answer.result, type=kind)
        except msgspec.DecodeError as error:
            raise SourceError(f"etherscan answered in another shape: {error}") from None

    def _refusal(self, answer: _Answer) -> SourceError:
        """``result`` says why; a full quota passes, a bad key or address does not."""
        try:
            why = msgspec.json.decode(answer.result, type=str | None) or answer.message
        except msgspec.DecodeError:
            why = answer.message
        why = self._wire.redacted(why)[:200] or "no reason given"
        if _BUSY.search(why):
            return SourceError(f"etherscan: {why}", retry_after=1.0, code="busy")
        code = "bad_key" if _KEY.search(why) else "refused"
        return SourceError(f"etherscan: {why}", permanent=True, code=code)


def _checked(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"address: {address[:60]!r} is not 0x and 40 hexadecimal digits")
    return address


def _amount(units: str, decimals: int) -> Decimal:
    """A whole number of the smallest unit as a Decimal amount."""
    if not (units.isascii() and units.isdecimal() and len(units) <= 78):
        raise SourceError(f"etherscan: balance {units[:60]!r} is no whole number")
    amount = Decimal(f"{units}E-{decimals}")
    if amount >= _TOO_LARGE:
        raise SourceError(f"etherscan: balance {units[:60]} is beyond all that exists")
    return amount


def live() -> Etherscan:
    """The service itself, with the key of the settings."""
    return Etherscan(settings.ETHERSCAN_URL, settings.ETHERSCAN_API_KEY)
