"""The HTTP wire: what it asks again, what it refuses, and that it keeps secrets."""

import socket

import pytest
from pyrate_limiter import Duration, Rate

from markets.sources import wire
from markets.sources.base import SourceError
from markets.sources.wire import Wire
from tests.markets.loopback import Reply, scripted

OPEN = [Rate(1000, Duration.SECOND)]
SECRET = "a key/with+signs"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back off by milliseconds."""
    monkeypatch.setattr(wire, "_BACKOFF_SECONDS", 0.001)


def make(url: str, **options: object) -> Wire:
    return Wire("example", url, **({"rates": OPEN, "patience": 2.0} | options))  # type: ignore[arg-type]


def test_json_comes_decoded_and_typed() -> None:
    with scripted(Reply({"a": 1})) as server:
        assert make(server.url + "/").read(dict[str, int], "/x", {"q": "a b"}) == {"a": 1}
    assert (server.asked[0].path, server.asked[0].query) == ("/x", {"q": ["a b"]})


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_failures_are_asked_again(status: int) -> None:
    with scripted(Reply("no", status), Reply("<html>", status), Reply({"a": 1})) as server:
        assert make(server.url).read(dict[str, int]) == {"a": 1}
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 422])
def test_refusals_are_final(status: int) -> None:
    with (
        scripted(Reply({"error": "no such coin"}, status)) as server,
        pytest.raises(SourceError, match="no such coin") as caught,
    ):
        make(server.url).get()
    assert caught.value.permanent
    assert caught.value.code == status
    assert len(server.asked) == 1


def test_it_gives_up_after_the_last_attempt() -> None:
    with (
        scripted(Reply("broken", 500)) as server,
        pytest.raises(SourceError, match="HTTP 500: broken") as caught,
    ):
        make(server.url, attempts=3).get()
    assert not caught.value.permanent
    assert len(server.asked) == 3


def test_retry_after_is_honoured_up_to_the_patience() -> None:
    soon = Reply("slow down", 429, {"Retry-After": "0.2"})
    with scripted(soon, Reply({"a": 1})) as server:
        assert make(server.url).read(dict[str, int]) == {"a": 1}
    late = Reply("slow down", 429, {"Retry-After": "119"})
    with scripted(late) as server, pytest.raises(SourceError) as caught:
        make(server.url).get()
    assert caught.value.retry_after == 119
    assert len(server.asked) == 1


def test_a_ban_is_never_asked_against() -> None:
    with (
        scripted(Reply("banned", 418, {"Retry-After": "1"})) as server,
        pytest.raises(SourceError) as caught,
    ):
        make(server.url).get()
    assert (caught.value.retry_after, caught.value.permanent) == (1, False)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("-7", 0.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("Fri, 20 Nov 2020 08:00:00 +0000", 0.0),
    ],
)
def test_retry_after_in_all_its_forms(value: str | None, seconds: float | None) -> None:
    assert wire._retry_after(value) == seconds


def test_a_page_instead_of_json_is_a_failure_that_may_pass() -> None:
    page = Reply("  <!doctype html><title>Just a moment...</title>")
    with scripted(page, Reply({"a": 1})) as server:
        assert make(server.url).read(dict[str, int]) == {"a": 1}
    assert len(server.asked) == 2


@pytest.mark.parametrize("body", ["[1, 2]", '{"a": "one"}', '{"a": 1', b"\xff\xfe", ""])
def test_other_shapes_are_errors(body: str | bytes) -> None:
    with scripted(Reply(body)) as server, pytest.raises(SourceError, match="answered"):
        make(server.url).read(dict[str, int])


def test_answers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_BYTES", 1000)
    with (
        scripted(Reply(b"1" * 1001)) as server,
        pytest.raises(SourceError, match="more than 1000 bytes") as caught,
    ):
        make(server.url).get()
    assert caught.value.permanent


def test_the_venue_rests_after_repeated_failures() -> None:
    with scripted(Reply("broken", 500)) as server:
        client = make(server.url, attempts=1)
        for _ in range(wire.FAILURES_BEFORE_REST):
            with pytest.raises(SourceError, match="HTTP 500"):
                client.get()
        with pytest.raises(SourceError, match="rests") as caught:
            client.get()
    assert len(server.asked) == wire.FAILURES_BEFORE_REST
    assert caught.value.retry_after == wire.REST_SECONDS


def test_refusals_do_not_put_the_venue_to_rest() -> None:
    with scripted(Reply("no", 404)) as server:
        client = make(server.url, attempts=1)
        for _ in range(wire.FAILURES_BEFORE_REST + 2):
            with pytest.raises(SourceError, match="HTTP 404"):
                client.get()


def test_our_own_limit_is_kept() -> None:
    with scripted(Reply({"a": 1})) as server:
        client = make(server.url, rates=[Rate(2, Duration.DAY)], patience=0.05)
        client.get()
        client.get()
        with pytest.raises(SourceError, match="limit is used up"):
            client.get()
    assert len(server.asked) == 2


def test_secrets_go_out_and_never_into_errors(capfd: pytest.CaptureFixture[str]) -> None:
    options = {"secret_params": {"apikey": SECRET}, "secret_headers": {"x-key": "head" + SECRET}}
    with (
        scripted(Reply(f"bad key {SECRET}", 500), Reply(f"bad key {SECRET}", 401)) as server,
        pytest.raises(SourceError, match=r"bad key \*\*\*") as caught,
    ):
        make(server.url, **options).get()
    assert server.asked[0].query["apikey"] == [SECRET]
    assert server.asked[0].headers["x-key"] == "head" + SECRET
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(SourceError, match="did not answer") as silent:
        make(f"http://127.0.0.1:{port}", attempts=2, **options).get()
    printed = capfd.readouterr()
    for text in (str(caught.value), str(silent.value), printed.out, printed.err):
        assert "signs" not in text
