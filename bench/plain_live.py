"""The plain way: a Channels consumer that joins the group itself. For comparison only."""

from __future__ import annotations

import argparse
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from daphne.server import Server  # isort: skip  (installs its reactor on import)

import django

django.setup()

from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402


class PlainConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        await self.accept()

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        if content["type"] == "authenticate":
            await self.send_json({"type": "welcome"})
        else:
            await self.channel_layer.group_add("live.prices", self.channel_name)

    async def live_message(self, event: dict[str, Any]) -> None:
        await self.send_json(event["payload"])


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
endpoint = f"tcp:port={parser.parse_args().port}:interface=127.0.0.1"
Server(PlainConsumer.as_asgi(), endpoints=[endpoint], verbosity=1).run()
