"""Blocking calls from asyncio, in threads that never keep the process from ending."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """``function``'s result, from a daemon thread of its own.

    ``asyncio.to_thread`` would make the process wait at its end for an HTTP answer that nobody
    needs any more. When the caller is cancelled, the thread goes on alone and is not heard again.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        _work(loop, future, lambda: function(*args, **kwargs))

    threading.Thread(target=work, daemon=True, name=function.__name__).start()
    return await future


class Worker:
    """One daemon thread that does blocking work in order, with one database connection of its own.

    ``at_end`` runs in the thread when it is told to stop (closing what the thread has opened).
    """

    def __init__(self, name: str, at_end: Callable[[], None] | None = None) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._at_end = at_end
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._thread.start()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``function``'s result, once the jobs before it are done."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(lambda: _work(loop, future, lambda: function(*args, **kwargs)))
        return await future

    def stop(self, timeout: float) -> None:
        """End the thread after the jobs that wait; do not wait for it longer than ``timeout`` s."""
        self._jobs.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
        if self._at_end is not None:
            self._at_end()


def _work(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], function: Callable[[], T]
) -> None:
    """Run ``function`` here and settle ``future`` in its loop, unless nobody waits any more."""
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - handed to the caller whole
        _settle(loop, future, partial(future.set_exception, error))
    else:
        _settle(loop, future, partial(future.set_result, result))


def _settle(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], settle: Callable[[], None]
) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(lambda: None if future.done() else settle())
