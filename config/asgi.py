"""WebSockets: the live tier. HTTP here is only what a balancer asks (`/health`)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  (Django must be set up first)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from config.live.connection import live, nowhere  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": URLRouter(
            [
                path("ws/live/", AuthMiddlewareStack(live)),
                path("<path:anything>", nowhere),  # type: ignore[arg-type]  # an ASGI application
            ]
        ),
    }
)
