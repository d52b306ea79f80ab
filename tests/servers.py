"""pytest plugin: real servers for one run, started before Django reads its settings (`-p
tests.servers`).

The controller starts PostgreSQL and Valkey in a private home and stops them at the end, an
interrupt included. Each xdist worker gets a home of its own that points at the same servers, at
another Valkey database. DATABASE_URL and REDIS_URL, where set, are used as they are.
"""

import atexit
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from config import embedded

ENVIRONMENT = {"MARKET_FEED": "none", "OPENBLAS_NUM_THREADS": "1", "EMAIL_URL": "memorymail://"}
HOME_OF_THE_RUN = "PLIMSOLL_TEST_HOME"
TOGETHER = "tests/e2e/"
SLOW = (
    TOGETHER,
    "tests/config/test_whole_run.py",
    "tests/portfolios/test_demo.py",
    "tests/live/",
    "tests/config/",
    "tests/system/",
    "tests/alerts/test_killed_worker.py",
    "tests/risk/test_nightly_worker.py",
    "tests/markets/test_stream.py",
    "in_browser.py",
)

_own_home: Path | None = None
_servers: embedded.Servers | None = None


@pytest.hookimpl(wrapper=True)  # a wrapper, to come before pytest-django reads the settings
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Start the servers, or, in a worker, point at those of the controller."""
    os.environ.update(ENVIRONMENT)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and HOME_OF_THE_RUN in os.environ:
        _point_worker(Path(os.environ[HOME_OF_THE_RUN]), worker)
    elif not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        _start()
    return (yield)


def _start() -> None:
    global _own_home, _servers  # noqa: PLW0603 - one pair of servers for one pytest process
    _own_home = Path(tempfile.mkdtemp(prefix="plimsoll-test-"))
    _own_home.chmod(0o711)  # our own: PostgreSQL may run as another user, who must get through
    _servers = embedded.start(_own_home, durable=False)
    os.environ["PLIMSOLL_HOME"] = os.environ[HOME_OF_THE_RUN] = str(_own_home)
    atexit.register(_stop)  # pytest may fail before it is configured
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # ended like Ctrl-C: fixtures and servers are torn down


def _point_worker(shared: Path, worker: str) -> None:
    number = int(worker.removeprefix("gw")) + 1
    servers = embedded.urls(shared)
    if servers is None:
        raise pytest.UsageError(f"The servers of {shared} do not run: start pytest anew.")
    redis_url = with_path(servers.redis_url, f"/{number}")
    os.environ["PLIMSOLL_HOME"] = str(other_home(shared / worker, servers.database_url, redis_url))


def other_home(home: Path, database_url: str, redis_url: str) -> Path:
    """Make ``home`` point at other databases of the servers of this run; its secrets are those of
    the run.
    """
    shared = Path(os.environ[HOME_OF_THE_RUN])
    state = json.loads((shared / "var/run/servers.json").read_text())
    (home / "var/run").mkdir(parents=True, exist_ok=True)
    addresses = {"database_url": database_url, "redis_url": redis_url}
    (home / "var/run/servers.json").write_text(json.dumps(state | addresses))
    shutil.copy(shared / "var/secrets.json", home / "var/secrets.json")
    return home


def with_path(url: str, path: str) -> str:
    """``url`` with another path, which is where a database is named."""
    return urlunsplit(urlsplit(url)._replace(path=path))


def pytest_unconfigure() -> None:
    """Stop what this process started."""
    _stop()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, so that the others fill what they leave of the machine: those of the
    whole product in a browser, then those that mostly wait.
    """
    items.sort(
        key=lambda item: next((n for n, part in enumerate(SLOW) if part in item.nodeid), len(SLOW))
    )


@pytest.hookimpl(optionalhook=True)  # xdist's
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file stays together, and so do all that use the one site of ``TOGETHER``."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - not a need of one process

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
        def _split_scope(self, nodeid: str) -> str:
            return TOGETHER if nodeid.startswith(TOGETHER) else nodeid.partition("::")[0]

    config.option.loadscopereorder = False  # else those of few tests come last, slow as they are
    return Scheduling(config, log)


def _stop() -> None:
    global _own_home, _servers  # noqa: PLW0603
    if _servers is not None:
        _servers.stop()
        _servers = None
    if _own_home is not None:
        shutil.rmtree(_own_home, ignore_errors=True)
        _own_home = None
