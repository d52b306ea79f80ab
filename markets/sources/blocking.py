"""Blocking calls from asyncio, in threads that never keep the process from ending."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
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

    def tell(setter: Callable[..., None], value: object) -> None:
        if not future.done():
            setter(value)

    def work() -> None:
        try:
            setter, value = future.set_result, function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - handed to the caller whole
            setter, value = future.set_exception, error  # type: ignore[assignment]
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, setter, value)

    threading.Thread(target=work, daemon=True, name=function.__name__).start()
    return await future
