"""HTTP: pages and REST. WebSockets are served by config.asgi, in a process of their own."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# All pages are imported now instead of at the first request, and what stands until the end is left
# out of every later search for cycles: that took a tenth of a second of one request in twenty.
get_resolver().url_patterns  # noqa: B018 - reading them imports them
gc.collect()
gc.freeze()
