"""Giving somebody else a look at a portfolio, or a hand in it, and taking it back."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from allauth.account.models import EmailAddress
from celery import current_app
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.services import record
from portfolios import broadcast
from portfolios.models import Portfolio, Share, ShareRole
from portfolios.selectors.access import OWNER_ONLY, role_of
from portfolios.selectors.sharing import invitations_for

if TYPE_CHECKING:
    from accounts.models import User

log = structlog.get_logger(__name__)

MAIL_TASK = "portfolios.tasks.mail_invitation"
#: People that one portfolio is shared with, invitations included.
MOST = 50
#: Invitations that one person may send in a day: each of them mails somebody who did not ask.
A_DAY = 30
DAY = timedelta(days=1)


def invite(
    *, portfolio: Portfolio, user: User, email: str, role: str, link: str | None = None
) -> Share:
    """Invite whoever has this address, member or not: the answer and the mail are the same.

    `link` is where the mail leads to; None: no mail. ValidationError on `email` or `role`,
    PermissionDenied for anybody but the owner.
    """
    _only_owner(portfolio, user)
    address = _address(email, user)
    _check_role(role)
    _count(portfolio, user)
    try:
        with transaction.atomic():
            share = Share.objects.create(
                portfolio=portfolio, email=address, role=role, invited_by=user
            )
            record(user, "share.invited", target=address, detail=_detail(share))
            if link is not None:
                transaction.on_commit(partial(_mail, share.pk, link), robust=True)
    except IntegrityError as error:
        message = "This address is on the list already: change its role there."
        raise ValidationError({"email": [message]}) from error
    return share


def change_role(*, share: Share, user: User, role: str) -> Share:
    """Make a viewer an editor or the other way round; it holds from the next request on."""
    _only_owner(share.portfolio, user)
    _check_role(role)
    with transaction.atomic():
        if not Share.objects.filter(pk=share.pk).update(role=role):
            raise ValidationError("This share was ended meanwhile.")
        share.role = role
        record(user, "share.role_changed", target=share.email, detail=_detail(share))
    return share


def end_share(*, share: Share, user: User) -> None:
    """The owner takes it back, or the guest leaves. Open pages hear nothing more from then on."""
    if user.pk not in {share.portfolio.owner_id, share.user_id}:
        raise PermissionDenied(OWNER_ONLY)
    with transaction.atomic():
        record(user, "share.ended", target=share.email, detail=_detail(share))
        guest, portfolio = share.user, share.portfolio
        Share.objects.filter(pk=share.pk).delete()
        if guest is not None and role_of(guest, portfolio) is None:
            _forget(portfolio, guest)


def accept(*, share: Share, user: User) -> Share:
    """Take an invitation to one of the person's confirmed addresses."""
    with transaction.atomic():
        waiting = _waiting(share, user)
        waiting.user, waiting.accepted_at = user, timezone.now()
        waiting.save(update_fields=["user", "accepted_at"])
        record(user, "share.accepted", target=waiting.email, detail=_detail(waiting))
    return waiting


def decline(*, share: Share, user: User) -> None:
    """Throw an invitation away; the owner sees it gone from the list."""
    with transaction.atomic():
        waiting = _waiting(share, user)
        record(user, "share.declined", target=waiting.email, detail=_detail(waiting))
        waiting.delete()


def _waiting(share: Share, user: User) -> Share:
    """The invitation under a lock: it may have been taken back in this moment."""
    known = invitations_for(user).filter(pk=share.pk).values("pk")
    found = Share.objects.select_for_update(of=("self",)).filter(pk__in=known).first()
    if found is None:
        raise ValidationError("This invitation was taken back.")
    return found


def _only_owner(portfolio: Portfolio, user: User) -> None:
    if portfolio.owner_id != user.pk:
        raise PermissionDenied(OWNER_ONLY)


def _address(email: str, user: User) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError({"email": error.messages}) from error
    if len(address) > 254:
        raise ValidationError({"email": ["At most 254 characters."]})
    own = EmailAddress.objects.filter(user=user, email__iexact=address)
    if address == user.email.lower() or own.exists():
        raise ValidationError({"email": ["This is your own address."]})
    return address


def _check_role(role: str) -> None:
    if role not in ShareRole.values:
        known = " or ".join(ShareRole.values)
        raise ValidationError({"role": [f"{role!r} is no role: {known}."]})


def _count(portfolio: Portfolio, user: User) -> None:
    if portfolio.shares.count() >= MOST:
        message = f"A portfolio is shared with at most {MOST} people."
        raise ValidationError({"email": [message]})
    key = f"portfolios:invitations:{user.pk}"
    cache.add(key, 0, DAY.total_seconds())
    if cache.incr(key) > A_DAY:
        message = f"You have sent {A_DAY} invitations today: go on tomorrow."
        raise ValidationError({"email": [message]})


def _detail(share: Share) -> dict[str, str | int]:
    return {"portfolio": share.portfolio_id, "role": share.role}


def _mail(share_id: int, link: str) -> None:
    """The invitation is there already and shown on the guest's list, also without the mail."""
    try:
        current_app.send_task(MAIL_TASK, args=[share_id, link], ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("invitation_not_mailed", share=share_id, reason=str(error))


def _forget(portfolio: Portfolio, guest: User) -> None:
    transaction.on_commit(partial(broadcast.access_ended, portfolio.pk, guest.pk), robust=True)
