"""The live tier: daphne, with each socket's back-pressure handed to the application.

daphne writes into the transport's buffer without limit. Registering a producer is Twisted's
public way to hear that the buffer is full; the application finds it under
`scope["extensions"]["plimsoll.flow"]`. Under another ASGI server, where `send` itself waits,
the extension is absent and nothing else changes.
"""

# daphne installs its reactor on import, which must come before anything of Twisted's.
from daphne.server import Server  # isort: skip
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol  # isort: skip

import asyncio
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import directlyProvides

from config.live.flow import Flow


class FlowProtocol(WebSocketProtocol):  # type: ignore[misc]
    """Registers the socket's Flow with its transport once the handshake is over."""

    flow: Flow | None = None

    def onOpen(self) -> None:  # noqa: N802
        super().onOpen()
        if self.flow is not None:
            self.registerProducer(self.flow, True)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803
        if self.flow is not None:
            self.flow.stopProducing()
        super().onClose(wasClean, code, reason)


WebSocketFactory.protocol = FlowProtocol


class LiveServer(Server):  # type: ignore[misc]
    """daphne's server, giving each WebSocket's scope its Flow."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> asyncio.Queue[Any] | None:
        if isinstance(protocol, FlowProtocol):
            protocol.flow = Flow()
            directlyProvides(protocol.flow, IPushProducer)
            scope["extensions"] = {"plimsoll.flow": protocol.flow}
        queue: asyncio.Queue[Any] | None = super().create_application(protocol, scope)
        return queue


def serve(host: str, port: int) -> None:
    """Runs until SIGINT or SIGTERM."""
    from config.asgi import application  # noqa: PLC0415  (Django loads after the reactor)

    endpoint = f"tcp:port={port}:interface={host.replace(':', chr(92) + ':')}"
    LiveServer(application, endpoints=[endpoint], server_name="plimsoll", verbosity=1).run()
