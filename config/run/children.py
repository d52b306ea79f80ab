"""Which processes a run consists of, and what each is started with."""

import os
import sys
from dataclasses import dataclass

from config.embedded.home import Home
from config.run.child import Child
from config.run.options import Options

QUEUES = "crypto_data,market_data,blockchain_data,maintenance,monitoring,pipeline"
#: Stages of stopping: first who takes new work, then who does it, then whom they listen to.
EDGE, WORK, SOURCE = 0, 1, 2


@dataclass(frozen=True)
class Cast:
    """Makes the children of one run."""

    options: Options
    exchange_port: int

    @property
    def exchange_url(self) -> str:
        """Where the simulated exchange is, if this run needs it."""
        return f"http://127.0.0.1:{self.exchange_port}"

    def environment(self, feed: str = "") -> dict[str, str]:
        """What every child finds in its environment; ``feed`` is the chosen one, once chosen."""
        return {
            "SIMULATED_REST_URL": self.exchange_url,
            "SIMULATED_WS_URL": self.exchange_url.replace("http", "ws"),
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "MARKET_FEED": feed or self.options.feed,
            "OPENBLAS_NUM_THREADS": "1",  # two threads on one busy core are up to 40 times slower
            "PLIMSOLL_HOME": str(self.options.home),
            "PROMETHEUS_MULTIPROC_DIR": str(self.options.metrics),
            "PORT": str(self.options.port),
            "PYTHONUNBUFFERED": "1",
        }

    def prepare(self) -> Child:
        """Brings the database up to date; ends by itself."""
        return self._child("prepare", "-m", "config.run.prepare", patience=30)

    def chooser(self) -> Child:
        """Asks the public feeds which of them answers; ends by itself."""
        return self._child("feed", "manage.py", "choose_feed", asked=True)

    def web(self) -> Child:
        """Pages and API, over WSGI."""
        command = "-m granian --interface wsgi --no-ws --workers 2 --blocking-threads 1"
        command += " --respawn-failed-workers --workers-kill-timeout 5s --log-level warning"
        where = ("--host", "127.0.0.1", "--port", str(self.options.port))
        return self._child("web", *command.split(), *where, "config.wsgi:application")

    def live(self) -> Child:
        """WebSockets."""
        where = ("--host", "127.0.0.1", "--port", str(self.options.live_port))
        return self._child("live", "-m", "config.live", *where)

    def worker(self) -> Child:
        """Celery with its beat: one beat a run, because there is one worker a run."""
        command = "-m celery --quiet -A config worker --beat --concurrency 2 --loglevel WARNING"
        command += f" --without-gossip --without-mingle -Q {QUEUES}"
        hush = ("-W", "ignore:You're running the worker with superuser")  # root is tolerated
        return self._child("worker", *hush, *command.split(), stage=WORK, patience=15)

    def exchange(self) -> Child:
        """The simulated exchange."""
        kept = str(Home(self.options.home).var / "exchange.json")
        port = str(self.exchange_port)
        command = ("manage.py", "simulate_exchange", "--port", port, "--state", kept)
        return self._child("exchange", *command, stage=SOURCE, feed="simulated")

    def stream(self, feed: str) -> Child:
        """Prices from ``feed``."""
        return self._child("stream", "manage.py", "stream", feed=feed)

    def _child(
        self,
        name: str,
        *arguments: str,
        feed: str = "",
        stage: int = EDGE,
        patience: float = 10.0,
        asked: bool = False,
    ) -> Child:
        command = (sys.executable, *arguments)
        folder = self.options.code
        return Child(name, command, self.environment(feed), folder, stage, patience, asked)
