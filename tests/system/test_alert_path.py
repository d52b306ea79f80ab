"""From a trade at the exchange to the mail, through real processes: stream, worker, SMTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from redis import Redis

from accounts.models import User
from alerts import services
from alerts.models import Delivery, Event, Rule
from alerts.services.events import wake_sender
from markets.models import Asset, LastPrice
from tests.alerts.mailbox import Mailbox
from tests.alerts.worker import Worker, eventually
from tests.markets.exchange_fixture import ThreadedExchange

ROOT = Path(__file__).resolve().parents[2]
#: The product promises 3 s; a busy machine that runs the tests gets more.
DEADLINE = 10.0


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.start()
    yield box
    box.stop()


@pytest.fixture
def environment(
    child_environment: dict[str, str], valkey: Redis, exchange: ThreadedExchange, mailbox: Mailbox
) -> dict[str, str]:
    return child_environment | {
        "MARKET_FEED": "simulated",
        "SIMULATED_REST_URL": exchange.rest_url,
        "SIMULATED_WS_URL": exchange.ws_url,
        "EMAIL_URL": mailbox.url,
    }


@pytest.fixture
def stream(environment: dict[str, str], tmp_path: Path) -> Iterator[Path]:
    """A real `manage.py stream`; its log."""
    log = tmp_path / "stream.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "stream"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    yield log
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE markets_tick")  # not managed, so the flush leaves it


@pytest.fixture
def new_worker(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    workers: list[Worker] = []

    def start() -> Worker:
        workers.append(Worker(environment, tmp_path / f"worker-{len(workers)}.log"))
        workers[-1].wait_ready()
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


@pytest.fixture
def far_line(owner: User, stream: Path) -> Rule:
    """A rule at twice the price of ETH as the stream first stores it."""
    stored = LastPrice.objects.filter(market__symbol="ETHUSDT")
    eventually(stored.exists, "the first price is stored", stream.read_text)
    assert Asset.objects.filter(symbol="ETH").exists()
    return services.create_rule(
        owner=owner,
        subject="price",
        symbol="ETH",
        direction="above",
        threshold=(stored.get().price * 2).quantize(Decimal("0.01")),
    )


def _push_over(rule: Rule, exchange: ThreadedExchange) -> float:
    """Trade at a price over the line; the moment of it."""
    started = time.monotonic()
    exchange.push("ETHUSDT", rule.threshold * Decimal("1.1"))
    return started


def test_a_price_over_the_line_is_in_the_database_and_in_the_mail(
    exchange: ThreadedExchange,
    mailbox: Mailbox,
    far_line: Rule,
    new_worker: Callable[[], Worker],
) -> None:
    worker = new_worker()
    started = _push_over(far_line, exchange)
    eventually(Event.objects.exists, "the event is written", worker.text, DEADLINE)
    written = time.monotonic() - started
    eventually(lambda: mailbox.messages, "the mail is there", worker.text, DEADLINE)
    mailed = time.monotonic() - started
    print(f"\nevent after {written:.2f} s, mail after {mailed:.2f} s")
    assert mailed < DEADLINE
    eventually(lambda: _states() == {"sent"}, "everything is sent", worker.text)
    event = Event.objects.get()
    assert event.value is not None
    assert event.value > far_line.threshold
    assert mailbox.messages[0]["Subject"] == event.title
    assert len(mailbox.messages) == 1


def test_a_worker_killed_between_event_and_delivery_loses_and_doubles_nothing(
    exchange: ThreadedExchange,
    mailbox: Mailbox,
    far_line: Rule,
    new_worker: Callable[[], Worker],
) -> None:
    mailbox.open.clear()  # whoever gets as far as the mail server waits there, before any data
    first = new_worker()
    _push_over(far_line, exchange)
    eventually(Event.objects.exists, "the event is written", first.text)
    first.kill()
    mailbox.open.set()
    assert mailbox.messages == []
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(state="sending").update(lease_until=past)  # what a minute does
    second = new_worker()
    wake_sender()  # what the schedule does every half minute
    eventually(lambda: _states() == {"sent"}, "everything is sent", second.text)
    assert Event.objects.count() == 1
    assert len(mailbox.messages) == 1


def _states() -> set[str]:
    return set(Delivery.objects.values_list("state", flat=True))
