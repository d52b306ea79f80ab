"""The mail that tells somebody of an invitation."""

from __future__ import annotations

from django.core.mail import send_mail
from django.template.loader import render_to_string

from portfolios.models import Share


def mail_invitation_of(share_id: int, link: str) -> bool:
    """Send it; False when it was taken back or answered meanwhile. SMTPException or OSError when
    the mail server is away: the task tries again.
    """
    waiting = Share.objects.filter(pk=share_id, user=None).select_related("portfolio", "invited_by")
    share = waiting.first()
    if share is None:
        return False
    inviter = share.invited_by.name or share.invited_by.email
    context = {"inviter": inviter, "role": share.role, "name": share.portfolio.name, "link": link}
    subject = " ".join(f"Plimsoll: {inviter} shares a portfolio with you".split())
    body = render_to_string("portfolios/mail/invitation.txt", context)
    send_mail(subject, body, None, [share.email])
    return True
