"""kill -9 of real Celery workers at every point of a delivery: nothing is lost, nothing doubled."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from redis import Redis

from accounts.models import User
from alerts import services
from alerts.models import Channel, Delivery
from alerts.services.events import wake_sender
from tests.alerts.mailbox import Mailbox
from tests.alerts.worker import Worker, eventually

Workers = Callable[[], Worker]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.start()
    yield box
    box.stop()


@pytest.fixture
def new_worker(
    child_environment: dict[str, str], valkey: Redis, mailbox: Mailbox, tmp_path: Path
) -> Iterator[Workers]:
    """Start workers that mail through the mailbox; what is left of them is ended afterwards."""
    workers: list[Worker] = []

    def start() -> Worker:
        log = tmp_path / f"worker-{len(workers)}.log"
        workers.append(Worker(child_environment | {"EMAIL_URL": mailbox.url}, log))
        workers[-1].wait_ready()
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


@pytest.fixture
def channel(child_environment: dict[str, str], owner: User) -> Channel:
    return services.create_channel(owner=owner, kind="email")


def _state() -> str:
    return Delivery.objects.get().state


def _end_the_lease() -> None:
    """What a minute does."""
    past = timezone.now() - timedelta(seconds=1)
    assert Delivery.objects.filter(state="sending").update(lease_until=past) == 1


def _finish(new_worker: Workers) -> None:
    """A new worker, and the wake-up that the schedule sends every half minute."""
    second = new_worker()
    wake_sender()
    eventually(lambda: _state() == "sent", "the delivery is sent", second.text)


def test_killed_between_the_event_and_its_delivery(
    mailbox: Mailbox, new_worker: Workers, channel: Channel
) -> None:
    first = new_worker()
    first.freeze()
    services.send_test(channel=channel)
    first.kill()
    assert (_state(), mailbox.messages) == ("pending", [])
    _finish(new_worker)
    assert len(mailbox.messages) == 1


def test_killed_during_the_delivery_before_the_data(
    mailbox: Mailbox, new_worker: Workers, channel: Channel
) -> None:
    mailbox.open.clear()
    first = new_worker()
    services.send_test(channel=channel)
    eventually(mailbox.reached.is_set, "the worker talks to the mail server", first.text)
    first.kill()
    mailbox.open.set()
    assert (_state(), mailbox.messages) == ("sending", [])
    assert services.deliver_due() == 0  # the lease of the dead still holds
    _end_the_lease()
    _finish(new_worker)
    assert len(mailbox.messages) == 1
    assert Delivery.objects.get().attempts == 2


def test_killed_in_the_one_window_the_second_copy_is_recognisable(
    mailbox: Mailbox, new_worker: Workers, channel: Channel
) -> None:
    """The server has the message, the worker dies before the row says so: same Message-ID twice."""
    first = new_worker()
    mailbox.on_taken = first.kill
    services.send_test(channel=channel)
    eventually(lambda: mailbox.messages, "the server has the message", first.text)
    mailbox.on_taken = None
    assert _state() == "sending"
    _end_the_lease()
    _finish(new_worker)
    assert len(mailbox.messages) == 2
    assert len(set(mailbox.ids)) == 1
