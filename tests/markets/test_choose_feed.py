"""Choosing a feed: the best that answers, within five seconds, as MARKET_FEED says."""

import json
import threading
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from websockets.sync.server import ServerConnection, serve

from markets.sources import probe
from markets.sources.probe import Finding
from tests.markets.exchange_fixture import ThreadedExchange
from tests.markets.loopback import Reply, scripted

NOWHERE = "http://127.0.0.1:9"
NO_SOCKET = "ws://127.0.0.1:9"


@pytest.fixture(autouse=True)
def offline(settings: Settings) -> None:
    """No public feed can be reached."""
    settings.BINANCE_REST_URL = settings.COINBASE_REST_URL = settings.COINGECKO_URL = NOWHERE
    settings.BINANCE_WS_URL = settings.COINBASE_WS_URL = NO_SOCKET
    settings.MARKET_FEED = "auto"


@pytest.fixture
def any_socket() -> Iterator[str]:
    """A WebSocket server that accepts and stays silent."""

    def silent(socket: ServerConnection) -> None:
        for _ in socket:
            pass

    with serve(silent, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def chosen() -> tuple[str, str]:
    """What the command prints, and what it says on standard error."""
    out, err = StringIO(), StringIO()
    call_command("choose_feed", stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue()


def test_nothing_answers() -> None:
    name, why = chosen()
    assert name == "simulated"
    assert [line.split(":")[0] for line in why.splitlines()] == list(probe.PUBLIC)


def test_binance_is_preferred(settings: Settings, exchange: ThreadedExchange) -> None:
    settings.BINANCE_REST_URL, settings.BINANCE_WS_URL = exchange.rest_url, exchange.ws_url
    with scripted(Reply({"gecko_says": "(V3) To the Moon!"})) as gecko:
        settings.COINGECKO_URL = gecko.url
        assert chosen()[0] == "binance"


def test_a_venue_whose_sockets_are_blocked_does_not_serve(
    settings: Settings, exchange: ThreadedExchange
) -> None:
    settings.BINANCE_REST_URL = exchange.rest_url
    assert chosen()[0] == "simulated"


def test_a_venue_that_refuses_this_country_does_not_serve(
    settings: Settings, exchange: ThreadedExchange
) -> None:
    settings.BINANCE_WS_URL = exchange.ws_url
    with scripted(Reply({"code": 0, "msg": "restricted location"}, 451)) as server:
        settings.BINANCE_REST_URL = server.url
        name, why = chosen()
    assert name == "simulated"
    assert "binance answered HTTP 451" in why


def test_coinbase_comes_next(settings: Settings, any_socket: str) -> None:
    with scripted(Reply({"iso": "2026-01-02T03:04:05Z"})) as server:
        settings.COINBASE_REST_URL, settings.COINBASE_WS_URL = server.url, any_socket
        assert chosen()[0] == "coinbase"


def test_coingecko_comes_last(settings: Settings) -> None:
    with scripted(Reply({"gecko_says": "(V3) To the Moon!"})) as server:
        settings.COINGECKO_URL = server.url
        assert chosen()[0] == "coingecko"


@pytest.mark.parametrize("page", ["<html>portal</html>", "[]", json.dumps({"hello": 1})])
def test_a_captive_portal_is_no_feed(settings: Settings, page: str) -> None:
    with scripted(Reply(page)) as server:
        settings.BINANCE_REST_URL = settings.COINBASE_REST_URL = server.url
        settings.COINGECKO_URL = server.url
        assert chosen()[0] == "simulated"


def test_who_is_too_slow_has_failed(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    held = threading.Event()
    monkeypatch.setitem(probe._CHECKS, "binance", lambda: held.wait(20))
    with scripted(Reply({"gecko_says": "(V3) To the Moon!"})) as server:
        settings.COINGECKO_URL = server.url
        findings = probe.ask_all(deadline=0.5)
    held.set()
    assert "no answer within 0.5 s" in findings[0].problem
    assert probe.choose("auto", findings) == "coingecko"


@pytest.mark.parametrize("feed", ["binance", "coinbase", "coingecko", "simulated", "none"])
def test_a_named_feed_is_not_questioned(settings: Settings, feed: str) -> None:
    settings.MARKET_FEED = feed
    assert chosen() == (feed, "")


@pytest.mark.parametrize(
    ("feed", "serving", "name"),
    [
        ("auto", set(), "simulated"),
        ("live", set(), "binance"),
        ("auto", {"coinbase", "coingecko"}, "coinbase"),
        ("live", {"coingecko"}, "coingecko"),
    ],
)
def test_auto_and_live(feed: str, serving: set[str], name: str) -> None:
    findings = [Finding(each, "" if each in serving else "no", 0.1) for each in probe.PUBLIC]
    assert probe.choose(feed, findings) == name


def test_an_unknown_feed_is_refused(settings: Settings) -> None:
    settings.MARKET_FEED = "kraken"
    with pytest.raises(CommandError, match="MARKET_FEED: 'kraken'"):
        chosen()
