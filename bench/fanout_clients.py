"""The listeners of bench.fanout: connect, say "ready", print all delays once stdin closes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

from websockets.asyncio.client import ClientConnection, connect

AT_ONCE = 25
TOKEN = os.environ["BENCH_TOKEN"]

delays: list[float] = []


async def listen(socket: ClientConnection) -> None:
    async for text in socket:
        arrived = time.time_ns()
        message = json.loads(text)
        if message["type"] == "price_update":
            delays.append((arrived - int(message["prices"]["BTC"]["time"])) / 1e6)


async def join(port: int, gate: asyncio.Semaphore) -> asyncio.Task[None]:
    async with gate:
        socket = await connect(f"ws://127.0.0.1:{port}/ws/live/", compression=None, open_timeout=60)
        await socket.send(json.dumps({"type": "authenticate", "token": TOKEN}))
        await socket.recv()  # welcome
        wanted = {"type": "subscribe", "channel": "prices", "symbols": ["BTC"]}
        await socket.send(json.dumps(wanted))
        return asyncio.create_task(listen(socket))


async def main(port: int, count: int) -> None:
    gate = asyncio.Semaphore(AT_ONCE)
    tasks = await asyncio.gather(*(join(port, gate) for _ in range(count)))
    await asyncio.sleep(2)  # subscriptions are handled after the answer to sign-in
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    print(json.dumps(delays), flush=True)


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
