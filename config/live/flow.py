"""Back-pressure of one socket: closed while its transport's buffer is full."""

from __future__ import annotations

import asyncio


class Flow:
    """A Twisted push producer: the transport calls it when its buffer fills and drains.

    The producer interface's camel-case names are Twisted's own.
    """

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    async def open(self) -> None:
        await self._open.wait()

    def pauseProducing(self) -> None:  # noqa: N802
        self._open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._open.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone: let the writer run into its end."""
        self._open.set()
