"""E-mail, by whatever EMAIL_URL names: an SMTP server, or the console in the demo."""

from __future__ import annotations

import contextlib
import smtplib
from email.utils import parseaddr

import structlog
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.template.loader import render_to_string

from accounts.models import User
from alerts.channels.message import ChannelError, Message, Sending

IS_IMMEDIATE = False

_log = structlog.get_logger(__name__)


def clean_address(owner: User, address: str) -> str:
    """One of the person's own: the sign-in address (also when left empty) or a confirmed one."""
    wanted = address.strip().lower() or owner.email
    try:
        validate_email(wanted)
    except ValidationError as error:
        raise ValidationError({"address": error.messages}) from error
    if not accepts(owner, wanted):
        raise ValidationError(
            {"address": f"{wanted} is not yours yet: add and confirm it in your settings first."}
        )
    return wanted


def accepts(owner: User, address: str) -> bool:
    """Asked again before each message: an address given up must not hear more."""
    if address == owner.email.lower():
        return True
    confirmed = EmailAddress.objects.filter(user=owner, email__iexact=address, verified=True)
    return bool(confirmed.exists())


def send(message: Message, sending: Sending) -> None:
    """Returns when the server took responsibility (250). The connection is closed afterwards.

    Connecting is slow and harmless, so it comes before the lease is renewed; from there to the
    server's answer are five commands of at most EMAIL_TIMEOUT seconds, well inside the lease.
    """
    connection = get_connection(fail_silently=False)
    sending.afterwards.callback(_close, connection)
    try:
        connection.open()
        sending.hold()
        accepted = connection.send_messages([_mail(message, connection)])
    except (smtplib.SMTPException, OSError) as error:
        raise _as_channel_error(error) from error
    if not accepted:
        raise ChannelError("The mail server was given no recipient.", permanent=True)


def _mail(message: Message, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    event = message.event
    context = {"event": event}
    mail = EmailMultiAlternatives(
        subject=" ".join(event.title.split()),
        body=render_to_string("alerts/mail/alert.txt", context),
        to=[message.address],
        connection=connection,
        headers={
            "Message-ID": f"<{message.key}@{_domain()}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string("alerts/mail/alert.html", context), "text/html")
    return mail


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _close(connection: BaseEmailBackend) -> None:
    """The message is already accounted for: a server that fails to say goodbye is only noted."""
    try:
        connection.close()
    except (smtplib.SMTPException, OSError) as error:
        _log.info("mail_connection_close", error=str(error))
        socket = getattr(connection, "connection", None)
        if isinstance(socket, smtplib.SMTP):
            with contextlib.suppress(OSError):
                socket.close()


def _as_channel_error(error: Exception) -> ChannelError:
    """A refusal of this address or message (5xx) is permanent; of the account or the wire, not."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        refusals = list(error.recipients.values())
        code, reason = refusals[0] if refusals else (550, b"no recipient")
        return ChannelError(_reason(code, reason), permanent=code >= 500)
    if isinstance(error, smtplib.SMTPDataError):
        return ChannelError(
            _reason(error.smtp_code, error.smtp_error), permanent=error.smtp_code >= 500
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return ChannelError(_reason(error.smtp_code, error.smtp_error))
    return ChannelError(f"The mail server could not be reached: {error}")


def _reason(code: int, said: bytes | str) -> str:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"The mail server said {code} {words}"
