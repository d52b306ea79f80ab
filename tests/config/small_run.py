"""`python -m tests.config.small_run FOLDER NAME…`: a real supervisor over tiny children.

The children append what happens to them to FOLDER/events, which is what the tests read.
"""

import os
import sys
from pathlib import Path

from config.run import child as child_module
from config.run.child import Child
from config.run.console import Console
from config.run.supervisor import Interrupted, Supervisor

NOTE = """
import os, signal, subprocess, sys, time
def note(text):
    with open(os.environ["EVENTS"], "a") as events:
        events.write(f"{sys.argv[1]} {text}\\n")
def polite(*_):
    note("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, polite)
note(f"started {os.getpid()}")
"""
WAIT = "time.sleep(120)\n"
KINDS = {
    "edge": (NOTE + WAIT, 0),
    "work": (NOTE + WAIT, 1),
    "source": (NOTE + WAIT, 2),
    "crashing": (NOTE + "sys.exit(3)\n", 0),
    "deaf": (NOTE + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nnote('deaf')\n" + WAIT, 0),
    "parent": (NOTE + "note(f\"bore {subprocess.Popen(['sleep', '120']).pid}\")\n" + WAIT, 0),
}


def make(name: str, folder: Path) -> Child:
    """One child of a kind."""
    code, stage = KINDS[name]
    environment = {**os.environ, "EVENTS": str(folder / "events")}
    patience = 60.0 if name == "deaf" else 10.0
    return Child(name, (sys.executable, "-c", code, name), environment, folder, stage, patience)


def main() -> None:
    """Supervise until asked to stop."""
    child_module.LONGEST_PAUSE = 0.2
    folder = Path(sys.argv[1])
    try:
        with Supervisor(Console(), folder / "children.json") as supervisor:
            for name in sys.argv[2:]:
                supervisor.add(make(name, folder))
            supervisor.watch(lambda: False)
    except Interrupted:
        print("stopped", flush=True)


if __name__ == "__main__":
    main()
