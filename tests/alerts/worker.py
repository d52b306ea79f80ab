"""A real Celery worker in a process group of its own, ended by its own id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_ARGUMENTS = (
    *("-A", "config", "worker", "--concurrency", "1"),
    *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
)


class Worker:
    """`celery -A config worker`, by default on the queue of deliveries; `kill` is kill -9 of its
    group.
    """

    def __init__(self, environment: dict[str, str], log: Path, *, queues: str = "pipeline") -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "celery", *_ARGUMENTS, "--queues", queues],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Until it takes tasks."""
        eventually(lambda: " ready." in self.text(), "worker ready", self.text)

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def freeze(self) -> None:
        """Stop it from doing anything, without it noticing."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """kill -9, the children too; nothing of it gets a chance to clean up."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def end(self) -> None:
        """As an operator would; the hard way after ten seconds."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


def eventually(
    happened: Callable[[], object],
    what: str,
    evidence: Callable[[], str] = str,
    seconds: float = 40,
) -> None:
    """Poll until it happened, or fail with what was waited for and the evidence."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds} s: {what}\n{evidence()[-4000:]}")
        time.sleep(0.02)
