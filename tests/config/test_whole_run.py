"""`python -m config.run`, which is what `make run` calls: all of Plimsoll, killed and stopped."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from environ import Env

from config import embedded
from config.embedded import ports, process

Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of its own; PostgreSQL may run as another user, who must get through."""
    place = Path(tempfile.mkdtemp(prefix="plimsoll-run-"))
    place.chmod(0o711)
    yield place
    if servers := embedded.urls(place):
        servers.stop()
    shutil.rmtree(place)


@pytest.fixture
def port() -> int:
    """A port that is free together with the next one."""
    return next(port for port in ports.free_ports(24100) if ports.is_free(port + 1))


@pytest.fixture
def start(home: Path, port: int) -> Iterator[Start]:
    """Start a run from a bare environment; whatever is left of it is killed at the end."""
    runs: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {"PLIMSOLL_HOME": str(home), "PORT": str(port), "MARKET_FEED": "simulated"}
        run = subprocess.Popen(
            [sys.executable, "-m", "config.run"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        runs.append(run)
        return run

    yield begin
    for run in runs:
        if run.poll() is None:
            kill(everyone(run))
        run.wait()
        if run.stdout:
            run.stdout.close()


def ready(run: "subprocess.Popen[str]") -> list[str]:
    """Read the log until the run says that it serves; the lines."""
    lines: list[str] = []
    assert run.stdout
    for line in run.stdout:
        lines.append(line.rstrip())
        if "Plimsoll is ready at" in line:
            return lines
    raise AssertionError("it ended before it served:\n" + "\n".join(lines[-40:]))


def everyone(run: "subprocess.Popen[str]") -> list[psutil.Process]:
    """The run and all that it started."""
    top = psutil.Process(run.pid)
    return [top, *top.children(recursive=True)]


def kill(people: list[psutil.Process]) -> None:
    """`kill -9` for all of them."""
    for one in people:
        if one.is_running():
            one.kill()


def nobody_left(people: list[psutil.Process]) -> bool:
    """Whether all have ended (the ids may have been given to others since)."""
    return not any(one.is_running() and process.alive(one.pid) for one in people)


def health(port: int) -> int:
    """Status of the page that balancers ask."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
        return int(answer.status)


def users(home: Path) -> int:
    """How many people are in the database."""
    servers = embedded.urls(home)
    assert servers
    address = Env.db_url_config(servers.database_url)
    with psycopg.connect(
        host=address["HOST"],
        user=address["USER"],
        password=address["PASSWORD"],
        dbname=address["NAME"],
    ) as connection:
        row = connection.execute("SELECT count(*) FROM accounts_user").fetchone()
    return int(row[0]) if row else 0


@pytest.mark.timeout(400)
def test_a_run_serves_survives_kill_9_and_leaves_nobody_behind(
    start: Start, home: Path, port: int
) -> None:
    first = start()
    lines = ready(first)
    assert f"http://127.0.0.1:{port}, sign in as demo@plimsoll.local" in lines[-1]
    assert health(port) == 200
    assert users(home) >= 1
    crowd = everyone(first)
    assert len(crowd) >= 8, "supervisor, two servers, web, live, worker, exchange, stream"

    kill(crowd)
    assert process.wait_until(lambda: nobody_left(crowd), 30)
    second = start()
    ready(second)
    assert health(port) == 200
    assert users(home) >= 1, "the data is still there"

    crowd = everyone(second)
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert process.wait_until(lambda: nobody_left(crowd), 10)
    assert ports.is_free(port)
    assert ports.is_free(port + 1)
    assert embedded.urls(home) is None


@pytest.mark.timeout(60)
def test_a_second_run_for_the_same_home_is_refused(start: Start, home: Path) -> None:
    first = start()
    assert process.wait_until((home / "var/run/run.lock").exists, 30)
    assert process.wait_until(lambda: bool(embedded.urls(home)), 30)
    second = start()
    output, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert output.startswith(f"plimsoll: Plimsoll already runs for {home}: stop that run first")
    assert first.poll() is None
    assert embedded.urls(home) is not None, "the first run keeps its servers"
