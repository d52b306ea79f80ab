"""Both servers of a home together: start or attach, where they are, stop."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.embedded import postgres, process, valkey
from config.embedded.errors import EmbeddedError, explained
from config.embedded.home import Home, Secrets, write_private


@dataclass(frozen=True)
class Servers:
    """The running servers of one home."""

    home: Path
    database_url: str
    redis_url: str
    postgres_pid: int
    valkey_pid: int

    def are_alive(self) -> bool:
        """Whether both still run."""
        return process.alive(self.postgres_pid) and process.alive(self.valkey_pid)

    def stop(self) -> None:
        """Stop both, whoever started them; the data stays."""
        home = Home(self.home)
        with _alone(home):
            home.state.unlink(missing_ok=True)
            postgres.stop(self.postgres_pid)
            valkey.stop(self.valkey_pid)


def start(home: Path, *, durable: bool = True) -> Servers:
    """Start PostgreSQL and Valkey for ``home``, or attach to those that already run for it.

    ``durable=False`` gives up safety against power loss for speed (tests); it has no effect on
    running servers. Call it from the main thread: the servers end with the thread that started
    them.

    Raises:
        EmbeddedError: with one line that says what stands in the way and what to do.
    """
    place = Home(home.resolve())
    with explained(place.root):
        place.prepare()
        with _alone(place):
            return _start(place, durable=durable)


def urls(home: Path) -> Servers | None:
    """The running servers of ``home``, None when they do not run; reads one file and starts
    nothing.
    """
    place = Home(home.resolve())
    try:
        found = json.loads(place.state.read_text())
    except (FileNotFoundError, PermissionError):
        return None
    servers = Servers(place.root, **found)
    return servers if servers.are_alive() else None


def secret_key(home: Path) -> str:
    """The key that signs this home's sessions and tokens, made on first need."""
    return _secrets(home).signing


def encryption_key(home: Path) -> str:
    """The key for this home's secrets at rest: 32 bytes in base64, made on first need."""
    return _secrets(home).encryption


def _secrets(home: Path) -> Secrets:
    place = Home(home.resolve())
    with explained(place.root):
        return place.secrets()


def _start(home: Home, *, durable: bool) -> Servers:
    cluster = postgres.cluster(home, home.secrets().postgres)
    store = valkey.Store(home)
    pids = _pids(cluster, store, durable=durable)
    if None in pids:  # a server we attached to was just dying, as after the kill of its starter
        pids = _pids(cluster, store, durable=durable)
    postgres_pid, valkey_pid = pids
    if postgres_pid is None or valkey_pid is None:
        raise EmbeddedError(f"A server ended while it was being started: see {home.log}.")
    servers = Servers(home.root, cluster.url(), store.url(), postgres_pid, valkey_pid)
    state = {name: value for name, value in vars(servers).items() if name != "home"}
    write_private(home.state, json.dumps(state))
    return servers


def _pids(
    cluster: postgres.Cluster, store: valkey.Store, *, durable: bool
) -> tuple[int | None, int | None]:
    postgres.start(cluster, durable=durable)
    valkey.start(store, durable=durable)
    return cluster.pid(), store.pid()


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """One process at a time starts or stops the servers of a home."""
    with home.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
