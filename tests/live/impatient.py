"""`python -m tests.live.impatient --port N`: a live tier that looks at its welcomes each second."""

import runpy

from config.live import server  # noqa: F401  (first, for daphne's reactor)

if __name__ == "__main__":
    from config.asgi import application  # noqa: F401  (sets Django up)
    from config.live import connection

    connection.RECHECK_SECONDS = 1
    runpy.run_module("config.live", run_name="__main__")
