"""The outbox and the hub, without a server: what a slow client is and is not owed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from config.live.flow import Flow
from config.live.hub import EVENTS_KEPT, Hub, Outbox
from config.live.messages import BadMessageError, Ping, Subscribe, decode


class Client:
    """Collects what it is sent; its flow can be held like a full transport."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.flow = Flow()
        self.outbox = Outbox(self._take, self.flow)

    async def _take(self, text: str) -> None:
        self.received.append(json.loads(text))

    async def settled(self) -> list[dict[str, Any]]:
        for _ in range(EVENTS_KEPT * 2):
            await asyncio.sleep(0)
        return self.received


def prices(seq: int, **moved: str) -> dict[str, Any]:
    quoted = {symbol: {"price": price} for symbol, price in moved.items()}
    payload = {"type": "price_update", "seq": seq, "ts": "t", "prices": quoted}
    return {"type": "live.message", "channel": "prices", "payload": payload}


def figure(channel: str, identity: int, seq: int, owner: int = 1) -> dict[str, Any]:
    payload = {"type": f"{channel}_update", "id": identity, "seq": seq}
    return {"channel": channel, "id": identity, "owner": owner, "payload": payload}


def alert(seq: int, owner: int = 1) -> dict[str, Any]:
    return {"channel": "alerts", "owner": owner, "payload": {"type": "alert", "seq": seq}}


async def test_a_client_gets_the_symbols_it_asked_for_and_no_others() -> None:
    hub, client, other = Hub(), Client(), Client()
    hub.subscribe_prices(client.outbox, frozenset({"BTC", "ETH"}))
    hub.subscribe_prices(other.outbox, frozenset({"SOL"}))
    hub.dispatch(prices(7, BTC="1", SOL="2"))
    assert [set(m["prices"]) for m in await client.settled()] == [{"BTC"}]
    assert [set(m["prices"]) for m in await other.settled()] == [{"SOL"}]
    assert client.received[0]["seq"] == 7


async def test_a_slow_client_gets_the_newest_price_of_every_symbol_in_one_message() -> None:
    hub, client = Hub(), Client()
    hub.subscribe_prices(client.outbox, frozenset({"BTC", "ETH"}))
    client.flow.pauseProducing()
    hub.dispatch(prices(1, BTC="1", ETH="10"))
    hub.dispatch(prices(2, BTC="2"))
    hub.dispatch(prices(3, BTC="3"))
    assert await client.settled() == []
    assert client.outbox.size == 1
    client.flow.resumeProducing()
    (message,) = await client.settled()
    assert message["seq"] == 3
    assert message["prices"] == {"BTC": {"price": "3"}, "ETH": {"price": "10"}}


async def test_a_slow_client_gets_the_newest_state_of_each_portfolio() -> None:
    hub, client = Hub(), Client()
    for identity in (1, 2):
        hub.subscribe(client.outbox, ("risk", identity))
    client.flow.pauseProducing()
    for seq in range(1000):
        hub.dispatch(figure("risk", seq % 2 + 1, seq))
    assert client.outbox.size == 2
    client.flow.resumeProducing()
    assert {m["id"]: m["seq"] for m in await client.settled()} == {1: 998, 2: 999}


async def test_alerts_are_kept_in_order_and_bounded() -> None:
    hub, client = Hub(), Client()
    hub.subscribe(client.outbox, ("alerts", 1))
    client.flow.pauseProducing()
    for seq in range(EVENTS_KEPT + 50):
        hub.dispatch(alert(seq))
    client.flow.resumeProducing()
    assert [m["seq"] for m in await client.settled()] == list(range(50, EVENTS_KEPT + 50))


async def test_an_alert_is_told_once_whether_pushed_or_caught_up_on() -> None:
    hub, client = Hub(), Client()
    hub.subscribe(client.outbox, ("alerts", 1))
    hub.dispatch(alert(5))
    for seq in (4, 5):
        client.outbox.alert(seq, json.dumps({"type": "alert", "seq": seq}))
    assert [m["seq"] for m in await client.settled()] == [5, 4]


async def test_another_owners_alerts_are_not_heard() -> None:
    hub, client = Hub(), Client()
    hub.subscribe(client.outbox, ("alerts", 1))
    hub.dispatch(alert(5, owner=2))
    assert await client.settled() == []


async def test_all_is_asked_for_when_one_of_the_owners_portfolios_moves() -> None:
    hub, client, asked = Hub(), Client(), []
    hub.on_owner = lambda channel, owner: asked.append((channel, owner))
    hub.subscribe(client.outbox, ("portfolio", "all:1"))
    hub.dispatch(figure("portfolio", 3, 1, owner=1))
    hub.dispatch(figure("portfolio", 4, 1, owner=2))
    hub.dispatch(figure("risk", 3, 1, owner=1))
    assert asked == [("portfolio", 1)]


async def test_a_client_that_left_is_forgotten() -> None:
    hub, client = Hub(), Client()
    hub.subscribe_prices(client.outbox, frozenset({"BTC"}))
    hub.subscribe(client.outbox, ("risk", 1))
    hub.forget(client.outbox)
    hub.dispatch(prices(1, BTC="1"))
    hub.dispatch(figure("risk", 1, 1))
    assert await client.settled() == []
    assert not hub.listens(("risk", 1))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", ""),
        ("not json", ""),
        ("[]", ""),
        ('{"type":"dance"}', "type"),
        ('{"type":"subscribe"}', "channel"),
        ('{"type":"subscribe","channel":"secrets"}', "channel"),
        ('{"type":"subscribe","channel":"risk","id":"7 OR 1=1"}', "id"),
        ('{"type":"subscribe","channel":"prices","symbols":[1]}', "symbols"),
        ('{"type":"subscribe","channel":"prices","symbols":["B\\u0000C"]}', "symbols"),
        ('{"type":"subscribe","channel":"prices","symbols":["' + "X" * 21 + '"]}', "symbols"),
        ('{"type":"authenticate","token":null}', "token"),
        ('{"type":"command","id":1,"action":"x","payload":[]}', "payload"),
    ],
)
def test_bad_messages_are_refused_naming_the_field(text: str, field: str) -> None:
    with pytest.raises(BadMessageError, match=field or None):
        decode(text)


def test_good_messages_are_read() -> None:
    assert decode('{"type":"ping","id":3}') == Ping(id=3)
    assert decode('{"type":"subscribe","channel":"risk","id":"all","since":9}') == Subscribe(
        channel="risk", id="all", since=9
    )
