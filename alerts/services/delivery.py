"""Sending what events owe. The row is the queue: claim, send, mark, each its own transaction.

A claim is a conditional UPDATE that gives this worker a lease with a token of its own. Nobody else
takes the row while the lease runs; when its holder dies, the lease ends and another worker takes
over. Only the token's holder can renew it or mark the row. docs/alerts.md has the guarantees.
"""

from __future__ import annotations

import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection, models, transaction
from django.utils import timezone

from alerts import channels
from alerts.channels import ChannelError, LeaseLostError, Message, Sending
from alerts.models import Channel, Delivery, DeliveryState
from alerts.services.events import wake_sender

#: Longer than any channel needs from `hold()` to the other side's answer.
LEASE = timedelta(seconds=60)
#: With the waits below, about two hours of trying.
MAX_ATTEMPTS = 10
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Claim:
    """A delivery that is ours while the lease of this token runs."""

    delivery_id: int
    token: uuid.UUID
    attempts: int


def deliver_due(limit: int = 50, seconds: float = 20.0) -> int:
    """Send due deliveries, one claim at a time; how many were claimed.

    Stops after `limit` of them, and starts none after `seconds`: a mail server that only times out
    must not keep a worker from the next prices.
    """
    done, until = 0, time.monotonic() + seconds
    while done < limit and time.monotonic() < until and (claim := _claim()):
        _deliver(claim)
        done += 1
    return done


def due_count() -> int:
    """Deliveries that a worker could claim now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM alerts_delivery WHERE {_DUE}")  # noqa: S608 - constant
        return int(cursor.fetchone()[0])


def retry_delivery(*, delivery: Delivery) -> bool:
    """Put a failed delivery back into the queue with all its attempts; False: it had not failed."""
    with transaction.atomic():
        changed = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.FAILED).update(
            state=DeliveryState.PENDING, attempts=0, due_at=timezone.now(), error=""
        )
        if changed:
            transaction.on_commit(wake_sender, robust=True)
    return bool(changed)


def backoff(attempts: int) -> timedelta:
    """The wait after the n-th failed attempt: 15 s, 30 s, 1 min, … up to an hour."""
    doubled = FIRST_WAIT.total_seconds() * 2.0 ** min(attempts - 1, 30)
    return min(timedelta(seconds=doubled), LONGEST_WAIT)


# The database's clock rules all leases, so workers on machines with other clocks agree.
# The first line is the condition of the partial index.
_DUE = """
NOT (state IN ('sent', 'failed')) AND (
    (state = 'pending' AND due_at <= clock_timestamp())
    OR (state = 'sending' AND lease_until <= clock_timestamp()))
"""
_CLAIM = f"""
UPDATE alerts_delivery
SET state = 'sending', attempts = attempts + 1, lease_token = %s,
    lease_until = clock_timestamp() + make_interval(secs => %s)
WHERE id = (SELECT id FROM alerts_delivery WHERE {_DUE}
            ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, attempts
"""  # noqa: S608 - constants only
_RENEW = """
UPDATE alerts_delivery SET lease_until = clock_timestamp() + make_interval(secs => %s)
WHERE id = %s AND lease_token = %s AND state = 'sending'
"""


def _claim() -> Claim | None:
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [token, LEASE.total_seconds()])
        row = cursor.fetchone()
    return Claim(row[0], token, row[1]) if row else None


def _hold(claim: Claim) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [LEASE.total_seconds(), claim.delivery_id, claim.token])
        if cursor.rowcount != 1:
            raise LeaseLostError(f"delivery {claim.delivery_id} has another holder")


def _deliver(claim: Claim) -> None:
    found = Delivery.objects.select_related(
        "event__rule__asset", "event__rule__portfolio", "channel__owner"
    )
    delivery = found.filter(pk=claim.delivery_id).first()
    if delivery is None:
        return  # deleted with its event or channel since the claim
    try:
        with ExitStack() as afterwards:
            _send(delivery, claim, Sending(lambda: _hold(claim), afterwards))
            _mark_sent(delivery, claim)
    except LeaseLostError as lost:
        _log.warning("alert_lease_lost", delivery=claim.delivery_id, reason=str(lost))
    except ChannelError as error:
        _mark_failed_attempt(delivery, claim, error)


def _send(delivery: Delivery, claim: Claim, sending: Sending) -> None:
    channel, event = delivery.channel, delivery.event
    if claim.attempts > MAX_ATTEMPTS:
        raise ChannelError("Every attempt ended without an answer.", permanent=True)
    kind = channels.of_kind(channel.kind)
    if not channel.enabled:
        raise ChannelError("The channel was switched off.", permanent=True)
    if not kind.accepts(channel.owner, channel.address):
        raise ChannelError("The address is no longer one of the owner's.", permanent=True)
    key = f"plimsoll.{event.occurred_at:%Y%m%dT%H%M%S%f}.{delivery.pk}"
    kind.send(Message(key, channel.address, event), sending)


def _mark_sent(delivery: Delivery, claim: Claim) -> None:
    changed = _mine(claim).update(
        state=DeliveryState.SENT,
        sent_at=timezone.now(),
        lease_until=None,
        lease_token=None,
        error="",
    )
    if not changed:
        _log.warning("alert_sent_after_lease", delivery=claim.delivery_id)
    if delivery.channel.last_error:
        Channel.objects.filter(pk=delivery.channel_id).update(last_error="")


def _mark_failed_attempt(delivery: Delivery, claim: Claim, error: ChannelError) -> None:
    """Back into the queue for later, or failed for good."""
    reason = str(error)[:300]
    gives_up = error.permanent or claim.attempts >= MAX_ATTEMPTS
    wait = error.retry_after or backoff(claim.attempts)
    _mine(claim).update(
        state=DeliveryState.FAILED if gives_up else DeliveryState.PENDING,
        due_at=delivery.due_at if gives_up else timezone.now() + wait,
        lease_until=None,
        lease_token=None,
        error=reason,
    )
    Channel.objects.filter(pk=delivery.channel_id).update(last_error=reason)
    _log.warning(
        "alert_not_delivered", delivery=claim.delivery_id, gives_up=gives_up, reason=reason
    )


def _mine(claim: Claim) -> models.QuerySet[Delivery]:
    return Delivery.objects.filter(
        pk=claim.delivery_id, lease_token=claim.token, state=DeliveryState.SENDING
    )
