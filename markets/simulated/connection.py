"""One WebSocket connection: the SUBSCRIBE protocol, pings, limits and a bounded backlog."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, Final

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from markets.simulated.limits import Bucket, Limits
from markets.simulated.streams import Subscribers

METHODS: Final = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")


class RequestError(Exception):
    """A message that Binance refuses: its code and its text."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Connection:
    """A subscriber behind a socket. Its queue is bounded: who does not read is cut off, never
    waited for.
    """

    def __init__(
        self, request: web.Request, limits: Limits, subscribers: Subscribers, *, combined: bool
    ) -> None:
        self._request = request
        self._limits = limits
        self._subscribers = subscribers
        self._combined = combined
        self._socket = web.WebSocketResponse(autoping=False, max_msg_size=64 * 1024, compress=False)
        self._queue: asyncio.Queue[str] = asyncio.Queue(limits.backlog)
        self._streams: dict[str, None] = {}
        self._bucket = Bucket(limits.messages_per_second)
        self._alive_at = time.monotonic()

    async def serve(self, names: list[str]) -> web.WebSocketResponse:
        """Hold the conversation until either side ends it."""
        await self._socket.prepare(self._request)
        tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._watch())]
        try:
            self._subscribe(names)
            await self._read()
        except RequestError as error:
            await self._close(error.message)
        finally:
            self._subscribers.remove(self, list(self._streams))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._socket

    # out

    def offer(self, stream: str, event: bytes) -> None:
        """Queue an event; a full queue ends the connection."""
        text = event.decode()
        if self._combined:
            text = f'{{"stream":"{stream}","data":{text}}}'
        self._put(text)

    def _put(self, text: str) -> None:
        try:
            self._queue.put_nowait(text)
        except asyncio.QueueFull:
            self.abort()

    def _answer(self, body: dict[str, Any]) -> None:
        self._put(msgspec.json.encode(body).decode())

    def announce_shutdown(self, now: int) -> None:
        self._answer({"e": "serverShutdown", "E": now})

    def abort(self) -> None:
        """Cut the wire without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def _close(self, why: str) -> None:
        await self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=why.encode()[:120])

    async def end(self) -> None:
        """Close after what is queued was sent, at most a second later."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                while not self._queue.empty():
                    await asyncio.sleep(0.01)
        await self._socket.close(code=WSCloseCode.GOING_AWAY)

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._socket.send_str(await self._queue.get())

    async def _watch(self) -> None:
        """Ping, cut off who does not answer, and end the connection after its life."""
        born, pinged = time.monotonic(), time.monotonic()
        pause = min(1.0, self._limits.ping_seconds / 4)
        with contextlib.suppress(ConnectionError):
            while True:
                await asyncio.sleep(pause)
                now = time.monotonic()
                if now - born > self._limits.life_seconds:
                    self.announce_shutdown(time.time_ns() // 1_000_000)
                    await self.end()
                elif now - self._alive_at > self._limits.pong_seconds + self._limits.ping_seconds:
                    self.abort()
                elif now - pinged >= self._limits.ping_seconds:
                    pinged = now
                    await self._socket.ping(str(time.time_ns() // 1_000_000).encode())

    # in

    async def _read(self) -> None:
        async for message in self._socket:
            if self._bucket.overflows(time.monotonic()):
                await self._close("Too many requests")
            elif message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                self._alive_at = time.monotonic()
            elif message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                self._receive(message.data)

    def _receive(self, text: str | bytes) -> None:
        number: Any = None
        try:
            body = _decoded(text)
            number = _number(body)
            self._answer({"result": self._result(body), "id": number})
        except RequestError as error:
            answer = {"code": error.code, "msg": error.message}
            self._answer(answer if number is None else answer | {"id": number})

    def _result(self, body: dict[str, Any]) -> Any:
        method = body.get("method")
        if method == "LIST_SUBSCRIPTIONS":
            return list(self._streams)
        if method == "SUBSCRIBE":
            return self._subscribe(_names(body))
        if method == "UNSUBSCRIBE":
            return self._unsubscribe(_names(body))
        if method == "GET_PROPERTY" and body.get("params") == ["combined"]:
            return self._combined
        if method == "SET_PROPERTY":
            return self._set(body.get("params"))
        known = ", ".join(f"`{each}`" for each in METHODS)
        raise RequestError(
            2, f"Invalid request: unknown variant `{method}`, expected one of {known}"
        )

    def _subscribe(self, names: list[str]) -> None:
        wanted = dict.fromkeys([*self._streams, *names])
        if len(wanted) > self._limits.streams:
            raise RequestError(2, f"Invalid request: at most {self._limits.streams} streams")
        self._streams = wanted
        self._subscribers.add(self, names)

    def _unsubscribe(self, names: list[str]) -> None:
        for name in names:
            self._streams.pop(name, None)
        self._subscribers.remove(self, names)

    def _set(self, params: Any) -> None:
        if not isinstance(params, list) or len(params) != 2 or params[0] != "combined":
            raise RequestError(2, "Invalid request: property name must be one of [combined]")
        if not isinstance(params[1], bool):
            raise RequestError(2, "Invalid request: property value must be a boolean")
        self._combined = params[1]


def _decoded(text: str | bytes) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise RequestError(3, f"Invalid JSON: {error}") from None
    if not isinstance(body, dict):
        raise RequestError(2, "Invalid request: expected an object")
    return body


def _number(body: dict[str, Any]) -> int | str | None:
    number = body.get("id")
    if isinstance(number, bool) or not isinstance(number, int | str | None):
        raise RequestError(2, "Invalid request: request ID must be an integer, a string or null")
    if isinstance(number, str) and len(number) > 36:
        raise RequestError(2, "Invalid request: request ID must have at most 36 characters")
    return number


def _names(body: dict[str, Any]) -> list[str]:
    names = body.get("params")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RequestError(2, "Invalid request: params must be a list of stream names")
    return names
