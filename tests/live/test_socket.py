"""`/ws/live/` as its clients meet it: a real process, a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.test import Client as Browser
from websockets.exceptions import InvalidStatus

from accounts.services import end_sign_ins, issue
from alerts.models import Channel, ChannelKind, Delivery, Event, Rule
from config.live import connection
from markets.models import Asset
from portfolios import services
from portfolios.models import Portfolio, Transaction
from tests.live.conftest import open_socket, serving

pytestmark = pytest.mark.django_db(transaction=True)
Dial = Callable[..., Any]
People = dict[str, Any]
WAIT = 15


def token_of(user: Any) -> str:
    return issue(user=user).access


@pytest.fixture
def book(people: People) -> Portfolio:
    Asset.objects.get_or_create(symbol="BTC")
    portfolio = services.create_portfolio(owner=people["owner"], name="Hers")
    services.add_transaction(
        portfolio=portfolio,
        type="buy",
        symbol="BTC",
        quantity=Decimal(2),
        price=Decimal(100),
        executed_at=datetime.now(UTC) - timedelta(days=2),
    )
    return portfolio


async def test_a_client_without_sign_in_is_cut_off(dial: Dial) -> None:
    async with dial(token="no token at all") as client, asyncio.timeout(WAIT):
        assert await client.closed() == 4401


async def test_silence_is_cut_off_after_five_seconds(dial: Dial) -> None:
    async with dial() as client, asyncio.timeout(WAIT):
        assert await client.closed() == 4401


async def test_a_foreign_page_gets_no_socket(dial: Dial) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with dial(headers={"Origin": "https://evil.example"}):
            pass


async def test_a_cookie_counts_only_with_an_origin_of_ours(dial: Dial, people: People) -> None:
    browser = Browser()
    await sync_to_async(browser.force_login)(people["owner"])
    cookie = f"sessionid={browser.cookies['sessionid'].value}"
    ours = {"Cookie": cookie, "Origin": "http://127.0.0.1:8000"}
    async with dial(headers=ours) as client, asyncio.timeout(WAIT):
        assert await client.hear("welcome")
    async with dial(headers={"Cookie": cookie}) as client, asyncio.timeout(WAIT):
        assert await client.closed() == 4401


async def test_prices_reach_who_asked_for_them(dial: Dial, people: People) -> None:
    token = await sync_to_async(token_of)(people["owner"])
    async with dial(token) as client, asyncio.timeout(WAIT):
        await client.hear("welcome")
        await client.say(type="subscribe", channel="prices", symbols=["btc"])
        await client.say(type="ping", id=1)
        assert (await client.hear("pong"))["id"] == 1  # so the subscription was handled
        prices = {"BTC": {"price": "64210.5"}, "ETH": {"price": "3400"}}
        payload = {"type": "price_update", "seq": 9, "ts": "now", "prices": prices}
        message = {"type": "live.message", "channel": "prices", "payload": payload}
        await get_channel_layer().group_send("live.prices", message)
        heard = await client.hear("price_update")
    assert heard["seq"] == 9
    assert heard["prices"] == {"BTC": {"price": "64210.5"}}


@pytest.mark.parametrize("channel", ["portfolio", "risk"])
async def test_a_strangers_portfolio_is_not_there(
    channel: str, dial: Dial, people: People, book: Portfolio
) -> None:
    token = await sync_to_async(token_of)(people["stranger"])
    async with dial(token) as client, asyncio.timeout(WAIT):
        await client.say(type="subscribe", channel=channel, id=book.pk)
        theirs = await client.hear("error")
        await client.say(type="subscribe", channel=channel, id=987_654)
        nobodys = await client.hear("error")
    assert theirs["code"] == nobodys["code"] == "not_found"
    assert theirs["message"] == nobodys["message"]


async def test_the_owner_is_told_the_newest_state_at_once(
    dial: Dial, people: People, book: Portfolio
) -> None:
    token = await sync_to_async(token_of)(people["owner"])
    async with dial(token) as client, asyncio.timeout(WAIT):
        await client.say(type="subscribe", channel="portfolio", id=book.pk)
        one = await client.hear("portfolio_update")
        await client.say(type="subscribe", channel="portfolio", id="all")
        both = await client.hear("portfolio_update")
    assert one["id"] == book.pk
    assert one["positions"][0]["quantity"] == "2"
    assert both["id"] == "all"


async def test_missed_alerts_are_caught_up_on_once(
    dial: Dial, people: People, book: Portfolio
) -> None:
    def three_events() -> list[int]:
        rule = Rule.objects.create(
            owner=people["owner"],
            subject="price",
            measure="price",
            asset=Asset.objects.get(symbol="BTC"),
            direction="above",
            threshold=1,
        )
        app = Channel.objects.create(owner=people["owner"], kind=ChannelKind.IN_APP)
        return [event(rule, app) for _ in range(3)]

    def event(rule: Rule, app: Channel) -> int:
        made = Event.objects.create(
            rule=rule, owner=rule.owner, fired=True, value=2, threshold=1, title="t", message="m"
        )
        Delivery.objects.create(event=made, channel=app)
        return made.pk

    first, second, third = await sync_to_async(three_events)()
    token = await sync_to_async(token_of)(people["owner"])
    async with dial(token) as client, asyncio.timeout(WAIT):
        await client.say(type="subscribe", channel="alerts", since=first)
        assert [(await client.hear("alert"))["seq"] for _ in range(2)] == [second, third]
    stranger = await sync_to_async(token_of)(people["stranger"])
    async with dial(stranger) as client, asyncio.timeout(WAIT):
        await client.say(type="subscribe", channel="alerts", since=0)
        await client.say(type="ping", id=1)
        assert (await client.hear("pong"))["id"] == 1


async def test_a_command_writes_through_the_service(
    dial: Dial, people: People, book: Portfolio
) -> None:
    sale = {
        "portfolio": book.pk,
        "type": "sell",
        "symbol": "BTC",
        "quantity": "0.5",
        "price": "110",
        "executed_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
    }
    token = await sync_to_async(token_of)(people["owner"])
    async with dial(token) as client, asyncio.timeout(WAIT):
        await client.say(type="command", id="a", action="transaction.create", payload=sale)
        made = await client.hear("result")
        await client.say(
            type="command", id="b", action="transaction.create", payload=sale | {"quantity": "5"}
        )
        refused = await client.hear("result")
        gone = {"id": made["data"]["id"]}
        await client.say(type="command", id="c", action="transaction.delete", payload=gone)
        deleted = await client.hear("result")
        await client.say(type="command", id="d", action="portfolio.rob", payload={})
        unknown = await client.hear("result")
    assert (made["id"], made["ok"], made["data"]["quantity"]) == ("a", True, "0.5")
    assert not refused["ok"]
    assert "quantity" in refused["error"]["fields"]
    assert deleted["ok"]
    assert not unknown["ok"]
    assert await sync_to_async(Transaction.objects.filter(portfolio=book).count)() == 1


async def test_a_stranger_commands_nothing(dial: Dial, people: People, book: Portfolio) -> None:
    theirs = await sync_to_async(book.transactions.get)()
    token = await sync_to_async(token_of)(people["stranger"])
    async with dial(token) as client, asyncio.timeout(WAIT):
        for action, payload in {
            "transaction.create": {"portfolio": book.pk},
            "transaction.update": {"id": theirs.pk, "quantity": "1"},
            "transaction.delete": {"id": theirs.pk},
        }.items():
            await client.say(type="command", id=action, action=action, payload=payload)
            answer = await client.hear("result")
            assert answer["error"]["code"] == "not_found", action


async def test_nonsense_is_answered_and_a_flood_is_cut_off(dial: Dial, people: People) -> None:
    token = await sync_to_async(token_of)(people["owner"])
    async with dial(token) as client, asyncio.timeout(WAIT):
        await client.socket.send("{")
        assert (await client.hear("error"))["code"] == "invalid"
        flood = asyncio.create_task(pings_without_end(client))
        try:
            assert await client.closed() == 4429
        finally:
            flood.cancel()
            await asyncio.gather(flood, return_exceptions=True)


async def pings_without_end(client: Any) -> None:
    """As fast as they go out: a number of them would be no flood from a machine that is busy."""
    while True:
        await client.say(type="ping")
        await asyncio.sleep(0)


@pytest.fixture
def impatient(transactional_db: None, environment: dict[str, str]) -> Iterator[int]:
    """Port of a live tier that looks at its welcomes again each second."""
    with serving("tests.live.impatient", environment) as port:
        yield port


async def test_a_socket_ends_with_its_sign_in(impatient: int, people: People) -> None:
    """Within the half minute in which welcomes are looked at again, which is a second here."""
    assert connection.RECHECK_SECONDS <= 30
    token = await sync_to_async(token_of)(people["owner"])
    async with open_socket(impatient, token) as client, asyncio.timeout(WAIT):
        await client.hear("welcome")
        await sync_to_async(end_sign_ins)(user=people["owner"], reason="test")
        assert await client.closed() == 4401
