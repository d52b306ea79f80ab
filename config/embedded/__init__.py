"""PostgreSQL and Valkey without an installation: the servers shipped in two wheels, started for one
home directory.

    servers = start(Path("/srv/plimsoll"))     # or attaches, when they already run for that home
    servers.database_url, servers.redis_url    # what DATABASE_URL and REDIS_URL would hold
    servers.stop()

Everything lies under ``<home>/var``. The servers live as long as the process that started them (on
Linux also when that process is killed), and no longer: whoever needs them in another process asks
:func:`urls`. Nothing here imports Django, because the settings ask this package where the database
is.
"""

from config.embedded.errors import EmbeddedError
from config.embedded.servers import Servers, encryption_key, secret_key, start, urls

__all__ = ["EmbeddedError", "Servers", "encryption_key", "secret_key", "start", "urls"]
