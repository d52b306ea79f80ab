"""One process of the run, and everything it starts in turn."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from config.embedded.process import tied_to_parent
from config.run.console import Console

STEADY_SECONDS = 60.0
LONGEST_PAUSE = 30.0


@dataclass
class Child:
    """A process that should run all the time.

    Attributes:
        stage: stopped in this order, lowest first; children of one stage together.
        patience: seconds it gets between SIGTERM and SIGKILL.
        asked: its standard output is an answer to be read at the end, not a log.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    stage: int = 0
    patience: float = 10.0
    asked: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    failures: int = 0
    due: float = 0.0
    _started: float = 0.0
    _reader: Thread | None = field(default=None, repr=False)

    def start(self, console: Console) -> None:
        """Start it in a process group of its own, its output copied to ``console``.

        Call it from the main thread: Linux ends the process with the thread that started it.
        """
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if self.asked else subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGTERM),  # noqa: PLW1509 - two calls, no locks
        )
        self._started = time.monotonic()
        log = self.process.stderr if self.asked else self.process.stdout
        if log is not None:
            self._reader = console.follow(log, self.name)

    def answer(self) -> str:
        """What a process that was asked has said; call it once, when it has ended."""
        stdout = self.process.stdout if self.process else None
        if stdout is None:
            return ""
        with stdout:
            said: bytes = stdout.read()
        return said.decode(errors="replace").strip()

    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def note_end(self) -> float:
        """Clear what a process that ended left, and return the seconds to wait before the next.

        1, 2, 4 … 30 seconds; one that ran steadily begins at 1 again.
        """
        self.kill()
        if time.monotonic() - self._started > STEADY_SECONDS:
            self.failures = 0
        pause = min(2.0**self.failures, LONGEST_PAUSE)
        self.failures += 1
        self.due = time.monotonic() + pause
        return pause

    def terminate(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End it and every process it left behind in its group, at once."""
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM of a group of zombies
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self._reader is not None:
            self._reader.join(timeout=2)
