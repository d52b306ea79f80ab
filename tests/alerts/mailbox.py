"""A real SMTP server on loopback that counts what it took, and does as the test tells it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.embedded import ports


class _Door(SMTP):
    """Tells the mailbox of a client before it is greeted."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.event_handler.on_connect:
            visit = threading.Thread(target=self.event_handler.on_connect)
            visit.start()
            visit.join()
        super().connection_made(transport)


class _Server(Controller):
    def factory(self) -> SMTP:
        return _Door(self.handler, **self.SMTP_kwargs)


class Mailbox:
    """The server's handler. `closed` keeps a client waiting at MAIL, before any data."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.reached = threading.Event()
        self.open = threading.Event()
        self.open.set()
        self.answers: dict[str, list[str]] = {"RCPT": [], "DATA": []}
        self.on_connect: Callable[[], None] | None = None
        self.on_taken: Callable[[], None] | None = None
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        for port in ports.free_ports(27_000):
            self._controller = _Server(self, hostname="127.0.0.1", port=port)
            try:
                self._controller.start()
            except OSError:
                continue  # another test took the port
            self.port = port
            return

    def stop(self) -> None:
        self.open.set()
        if self._controller is not None:
            self._controller.stop()

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        """Message-IDs in the order they came."""
        return [str(message["Message-ID"]) for message in self.messages]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        self.reached.set()
        while not self.open.is_set():
            await asyncio.sleep(0.01)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.answers["RCPT"]:
            return self.answers["RCPT"].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.answers["DATA"]:
            return self.answers["DATA"].pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        if self.on_taken:
            await asyncio.to_thread(self.on_taken)
        return "250 Message accepted"


def refusing_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
