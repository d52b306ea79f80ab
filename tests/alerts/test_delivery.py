"""Claims, leases, backoff and giving up, against a real SMTP server on loopback."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from accounts.models import User
from alerts import services
from alerts.models import Channel, Delivery, Event
from alerts.services.delivery import LEASE, MAX_ATTEMPTS, backoff
from alerts.tasks import deliver
from tests.alerts.mailbox import Mailbox, refusing_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    box = Mailbox()
    box.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
    settings.DEFAULT_FROM_EMAIL = "Plimsoll <alerts@plimsoll.example>"
    yield box
    box.stop()


@pytest.fixture
def channel(owner: User) -> Channel:
    return services.create_channel(owner=owner, kind="email")


@pytest.fixture
def owed(channel: Channel) -> Callable[[], Delivery]:
    """A message that is due."""

    def owe() -> Delivery:
        return services.send_test(channel=channel).deliveries.get()

    return owe


def _again(delivery: Delivery) -> Delivery:
    """The row as it is now."""
    return Delivery.objects.select_related("channel").get(pk=delivery.pk)


def _make_due(delivery: Delivery) -> None:
    """As if the wait were over."""
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(pk=delivery.pk, state="pending").update(due_at=past)
    Delivery.objects.filter(pk=delivery.pk, state="sending").update(lease_until=past)


def test_a_message_says_what_happened(mailbox: Mailbox, owed: Callable[[], Delivery]) -> None:
    delivery = owed()
    Event.objects.filter(pk=delivery.event_id).update(title="Calm core:\nVaR above 8 %")
    assert services.deliver_due() == 1
    (message,) = mailbox.messages
    assert message["To"] == "owner@example.com"
    assert message["From"] == "Plimsoll <alerts@plimsoll.example>"
    assert message["Subject"] == "Calm core: VaR above 8 %"
    assert message["Message-ID"].endswith(f".{delivery.pk}@plimsoll.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    text = message.get_body(("plain",))
    assert text is not None
    assert "Nothing has happened." in text.get_content()
    after = _again(delivery)
    assert (after.state, after.attempts, after.lease_token) == ("sent", 1, None)
    assert services.deliver_due() == 0


def test_an_address_refused_for_good_is_not_tried_again(
    mailbox: Mailbox, owed: Callable[[], Delivery]
) -> None:
    mailbox.answers["RCPT"] = ["550 No such user"]
    delivery = owed()
    services.deliver_due()
    after = _again(delivery)
    assert after.state == "failed"
    assert after.error == after.channel.last_error == "The mail server said 550 No such user"
    assert services.deliver_due() == 0


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_refusal_for_now_is_tried_again_later(
    mailbox: Mailbox, owed: Callable[[], Delivery], command: str
) -> None:
    mailbox.answers[command] = ["451 Try again later"]
    delivery = owed()
    services.deliver_due()
    after = _again(delivery)
    assert (after.state, after.attempts) == ("pending", 1)
    assert timedelta(0) < after.due_at - timezone.now() <= backoff(1)
    assert after.channel.last_error == "The mail server said 451 Try again later"
    assert services.deliver_due() == 0
    _make_due(delivery)
    services.deliver_due()
    after = _again(delivery)
    assert (after.state, after.attempts, after.channel.last_error) == ("sent", 2, "")
    assert len(mailbox.messages) == 1


def test_a_server_that_does_not_answer_is_tried_until_we_give_up(
    mailbox: Mailbox, owed: Callable[[], Delivery], settings: Settings
) -> None:
    settings.EMAIL_PORT = refusing_port()
    delivery = owed()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert services.deliver_due() == 1
        after = _again(delivery)
        assert after.attempts == attempt
        assert after.state == ("failed" if attempt == MAX_ATTEMPTS else "pending")
        _make_due(delivery)
    assert after.error.startswith("The mail server could not be reached")
    assert services.deliver_due() == 0
    assert services.retry_delivery(delivery=delivery)
    settings.EMAIL_PORT = mailbox.port
    services.deliver_due()
    assert _again(delivery).state == "sent"
    assert not services.retry_delivery(delivery=delivery)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 15), (2, 30), (3, 60), (8, 1920), (9, 3600), (60, 3600)]
)
def test_waits_double_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert backoff(attempts) == timedelta(seconds=seconds)


def test_a_lease_keeps_others_away_until_it_ends(
    mailbox: Mailbox, owed: Callable[[], Delivery]
) -> None:
    delivery = owed()
    Delivery.objects.update(
        state="sending",
        lease_token=uuid.uuid4(),
        lease_until=timezone.now() + LEASE,
        attempts=1,
    )
    assert services.deliver_due() == 0
    _make_due(delivery)
    assert services.deliver_due() == 1
    assert _again(delivery).attempts == 2
    assert len(mailbox.messages) == 1


def test_who_lost_the_lease_while_connecting_sends_nothing(
    mailbox: Mailbox, owed: Callable[[], Delivery]
) -> None:
    delivery, other = owed(), uuid.uuid4()

    def another_worker_takes_over() -> None:
        Delivery.objects.filter(pk=delivery.pk).update(lease_token=other)
        connection.close()

    mailbox.on_connect = another_worker_takes_over
    services.deliver_due()
    assert mailbox.messages == []
    after = _again(delivery)
    assert (after.state, after.lease_token) == ("sending", other)


def test_every_try_that_dies_counts_so_a_poisonous_one_ends(
    mailbox: Mailbox, owed: Callable[[], Delivery]
) -> None:
    delivery = owed()
    Delivery.objects.update(
        state="sending",
        attempts=MAX_ATTEMPTS,
        lease_token=uuid.uuid4(),
        lease_until=timezone.now() - LEASE,
    )
    services.deliver_due()
    assert _again(delivery).state == "failed"
    assert mailbox.messages == []


def test_a_channel_switched_off_or_an_address_given_up_hears_nothing(
    mailbox: Mailbox, owner: User, owed: Callable[[], Delivery]
) -> None:
    EmailAddress.objects.create(user=owner, email="second@example.com", verified=True)
    second = services.create_channel(owner=owner, kind="email", address="second@example.com")
    off, given_up = owed(), services.send_test(channel=second).deliveries.get()
    Channel.objects.filter(pk=off.channel_id).update(enabled=False)
    EmailAddress.objects.all().delete()
    assert services.deliver_due() == 2
    assert _again(off).error == "The channel was switched off."
    assert _again(given_up).error == "The address is no longer one of the owner's."
    assert {_again(off).state, _again(given_up).state} == {"failed"}
    assert mailbox.messages == []


def test_four_workers_send_each_message_once(
    mailbox: Mailbox, owed: Callable[[], Delivery]
) -> None:
    for _ in range(12):
        owed()

    def work(_: int) -> int:
        try:
            return services.deliver_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 12
    assert len(mailbox.ids) == len(set(mailbox.ids)) == 12


def test_what_a_deleted_rule_owes_is_still_sent(
    mailbox: Mailbox,
    channel: Channel,
    price_rule: Callable[..., object],
    price: Callable[..., None],
) -> None:
    rule = price_rule(channels=[channel.pk])
    price("BTC", "101")
    services.evaluate_prices(None)
    services.delete_rule(rule=rule)  # type: ignore[arg-type]
    services.deliver_due()
    assert mailbox.messages[0]["Subject"] == "BTC rose above $100"


def test_a_run_starts_nothing_after_its_time(
    mailbox: Mailbox, owed: Callable[[], Delivery]
) -> None:
    owed()
    assert services.deliver_due(seconds=0) == 0
    assert services.due_count() == 1


def test_a_run_leaves_what_is_still_due_to_another(
    mailbox: Mailbox, owed: Callable[[], Delivery], valkey: Redis
) -> None:
    for _ in range(51):
        owed()
    valkey.flushdb()
    deliver()
    assert services.due_count() == 1
    assert valkey.llen("pipeline") == 1
    deliver()
    assert (services.due_count(), valkey.llen("pipeline")) == (0, 1)
    assert len(set(mailbox.ids)) == 51
