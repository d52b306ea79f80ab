"""Server processes: started outside the terminal's reach, tied to the life of their starter, ended
politely.
"""

import ctypes
import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from config.embedded.account import Account

PR_SET_PDEATHSIG = 1
PATIENCE = 120.0  # seconds: recovery after a crash replays what was written since the checkpoint

_children: dict[int, subprocess.Popen[bytes]] = {}


def launch(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    is_ready: Callable[[int], bool],
    account: Account | None = None,
    last_words: signal.Signals = signal.SIGTERM,
) -> str | None:
    """Start a server and wait until ``is_ready(pid)``; None then, or what it wrote before it ended.

    It runs in a session of its own, so that the terminal's Ctrl-C does not reach it, and as
    ``account`` where one is given (root only). Call it from the main thread: Linux sends
    ``last_words`` to the child when the thread that started it ends.
    """
    with log.open("ab") as output:
        begin = output.tell()
        child = subprocess.Popen(  # noqa: S603 - our own programs
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=tied_to_parent(last_words),  # noqa: PLW1509 - two system calls, no locks
            **(account.popen_options() if account else {}),
        )
    _children[child.pid] = child
    wait_until(lambda: child.poll() is not None or is_ready(child.pid), PATIENCE)
    if child.poll() is None and is_ready(child.pid):
        return None
    end(child.pid, (signal.SIGTERM, 5), (signal.SIGKILL, 5))
    with log.open("rb") as output:
        output.seek(begin)
        return output.read().decode(errors="replace")


def tied_to_parent(last_words: signal.Signals) -> Callable[[], None] | None:
    """What a child has to run between fork and exec so that it does not outlive its parent (Linux;
    else None).
    """
    if platform.system() != "Linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(last_words), 0, 0, 0)
        if os.getppid() != parent:  # it died in between: the signal would never come
            os._exit(1)

    return tie


def alive(pid: int) -> bool:
    """Whether a process runs under this id. One that ended and was not reaped does not run."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
        return False
    return exists(pid) and not _is_zombie(pid)


def exists(pid: int) -> bool:
    """Whether the kernel knows this id, be it that of a dead process which nobody reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_zombie(pid: int) -> bool:
    if platform.system() != "Linux":
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
    except OSError:
        return False
    return state.startswith("Z")


def command_line(pid: int) -> str:
    """The command line of a process, empty when it cannot be read: pids are reused, so a pid alone
    proves nothing.
    """
    listing = Path(f"/proc/{pid}/cmdline")
    if platform.system() == "Linux":
        try:
            return listing.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    answer = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def wait_until(condition: Callable[[], bool], seconds: float, *, pause: float = 0.02) -> bool:
    """Poll ``condition`` until it holds; False when it does not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def end(pid: int, *steps: tuple[signal.Signals, float]) -> bool:
    """Send each signal in turn and wait its seconds for the process to go; True once it is gone."""
    for sign, patience in steps:
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return True
        if wait_until(lambda: not alive(pid), patience):
            return True
    return not alive(pid)
