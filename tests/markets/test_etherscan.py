"""The Etherscan client against a server on loopback that answers as the V2 API does."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.sources import wire
from markets.sources.base import SourceError
from markets.sources.etherscan import Etherscan, _amount
from tests.markets.loopback import Asked, Reply, scripted, serving

ADDRESS = "0xDdfAbCdc4D8FFC6d5beaf154f18B778f892A0740"
TOKEN = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
KEY = "SECRETKEY123"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back off by milliseconds."""
    monkeypatch.setattr(wire, "_BACKOFF_SECONDS", 0.001)


def ok(result: Any) -> Reply:
    return Reply({"status": "1", "message": "OK", "result": result})


def refused(result: Any) -> Reply:
    return Reply({"status": "0", "message": "NOTOK", "result": result})


def test_a_balance_in_ether() -> None:
    with scripted(ok("4054000000000000001")) as server:
        assert Etherscan(server.url, KEY).balance(ADDRESS) == Decimal("4.054000000000000001")
    query = server.asked[0].query
    assert query["chainid"] == ["1"]
    assert query["module"] == ["account"]
    assert query["action"] == ["balance"]
    assert query["apikey"] == [KEY]


def test_many_balances_go_by_twenties() -> None:
    def answer(asked: Asked) -> Reply:
        names = asked.query["address"][0].split(",")
        assert len(names) <= 20
        return ok([{"account": name, "balance": str(int(name[-4:], 16))} for name in names])

    addresses = [f"0x{'A' * 36}{number:04X}" for number in range(45)]
    with serving(answer) as server:
        found = Etherscan(server.url, KEY).balances(addresses)
    assert found == {each: Decimal(i).scaleb(-18) for i, each in enumerate(addresses)}
    assert len(server.asked) == 3


def test_an_address_left_out_is_an_error_and_no_zero() -> None:
    with scripted(ok([])) as server, pytest.raises(SourceError, match="left out 1 of 1"):
        Etherscan(server.url, KEY).balances([ADDRESS])


def test_no_addresses_ask_nothing() -> None:
    with scripted(ok([])) as server:
        assert Etherscan(server.url, KEY).balances([]) == {}
    assert server.asked == []


def test_a_token_balance_has_the_token_s_decimals() -> None:
    with scripted(ok("2500000001")) as server:
        held = Etherscan(server.url, KEY).token_balance(ADDRESS, TOKEN, 6)
    assert held == Decimal("2500.000001")
    assert server.asked[0].query["contractaddress"] == [TOKEN]


@pytest.mark.parametrize(
    ("result", "code", "permanent"),
    [
        ("Invalid API Key", "bad_key", True),
        ("Missing/Invalid API Key", "bad_key", True),
        ("Max rate limit reached", "busy", False),
        ("Max rate limit reached, please use API Key for higher rate limit", "busy", False),
        ("Max calls per sec rate limit reached (3/sec)", "busy", False),
        ("Query Timeout occured. Please select a smaller result dataset", "busy", False),
        ("Error! Invalid address format", "refused", True),
        (None, "refused", True),
        ([], "refused", True),
    ],
)
def test_errors_within_a_200_answer(result: Any, code: str, permanent: bool) -> None:
    with (
        scripted(refused(result)) as server,
        pytest.raises(SourceError, match="etherscan: ") as caught,
    ):
        Etherscan(server.url, KEY).balance(ADDRESS)
    assert (caught.value.code, caught.value.permanent) == (code, permanent)


@pytest.mark.parametrize("result", ["-5", "1.5", "0x10", "", "9" * 90, "9" * 60, 5, None, ["1"]])
def test_what_is_no_balance_is_an_error(result: Any) -> None:
    with scripted(ok(result)) as server, pytest.raises(SourceError, match="etherscan"):
        Etherscan(server.url, KEY).balance(ADDRESS)


@pytest.mark.parametrize("address", ["", "0x12", ADDRESS + "0", "bc1qxy2kgdygjrsqtzq2n0yrf24"])
def test_a_bad_address_is_never_sent(address: str) -> None:
    with scripted(ok("1")) as server, pytest.raises(ValueError, match="address"):
        Etherscan(server.url, KEY).balance(address)
    assert server.asked == []


def test_without_a_key_nothing_is_asked() -> None:
    with (
        scripted(ok("1")) as server,
        pytest.raises(SourceError, match="ETHERSCAN_API_KEY") as caught,
    ):
        Etherscan(server.url, "").balance(ADDRESS)
    assert (caught.value.code, server.asked) == ("no_key", [])


def test_the_key_is_never_told() -> None:
    replies = [refused(f"Invalid API Key: {KEY}"), Reply(f"apikey={KEY}", 403)]
    with scripted(*replies) as server:
        client = Etherscan(server.url, KEY)
        for _ in replies:
            with pytest.raises(SourceError) as caught:
                client.balance(ADDRESS)
            assert KEY not in str(caught.value)
            assert "***" in str(caught.value)


@given(st.integers(0, 10**37), st.integers(0, 30))
def test_amounts_are_exact(units: int, decimals: int) -> None:
    if units >= 10 ** (20 + decimals):
        with pytest.raises(SourceError):
            _amount(str(units), decimals)
    else:
        assert Fraction(_amount(str(units), decimals)) == Fraction(units, 10**decimals)
