"""The supervisor over real processes: restart, order, signals, and nobody left behind."""

import io
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.embedded import process
from config.run.child import Child
from config.run.console import Console
from config.run.supervisor import Supervisor

Run = Callable[..., "subprocess.Popen[str]"]


def in_a_terminal() -> None:
    """A hangup ends what runs, also where these tests run under nohup: a child inherits that."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def under_nohup() -> None:
    """What nohup does before it becomes the command."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Start a supervisor over children of these kinds and wait until each has started."""
    started: list[subprocess.Popen[str]] = []

    def start(*names: str, begin: Callable[[], None] = in_a_terminal) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.config.small_run", str(tmp_path), *names]
        supervisor = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=begin,  # noqa: PLW1509 - one call, no locks
        )
        started.append(supervisor)
        wanted = {f"{name} started" for name in names}
        assert process.wait_until(
            lambda: wanted <= {e.rsplit(" ", 1)[0] for e in events(tmp_path)}, 20
        )
        return supervisor

    yield start
    for supervisor in started:
        supervisor.kill()
        supervisor.wait()
        if supervisor.stdout:
            supervisor.stdout.close()


def events(folder: Path) -> list[str]:
    """What the children have written down."""
    file = folder / "events"
    return file.read_text().splitlines() if file.exists() else []


def pids(folder: Path, word: str = "started") -> list[int]:
    """The processes that the events name."""
    return [int(line.split()[2]) for line in events(folder) if f" {word} " in line]


def gone(folder: Path) -> bool:
    """Whether every process that the events name has ended."""
    return not any(process.alive(pid) for pid in pids(folder) + pids(folder, "bore"))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_children_in_order(
    run: Run, tmp_path: Path, sign: signal.Signals
) -> None:
    supervisor = run("source", "work", "edge")
    supervisor.send_signal(sign)
    output, _ = supervisor.communicate(timeout=20)
    assert supervisor.returncode == 0
    assert output.endswith("stopped\n")
    assert [e for e in events(tmp_path) if e.endswith("stopped")] == [
        "edge stopped",
        "work stopped",
        "source stopped",
    ]
    assert gone(tmp_path)
    assert not (tmp_path / "children.json").exists()


def test_under_nohup_a_hangup_is_no_request(run: Run, tmp_path: Path) -> None:
    supervisor = run("edge", begin=under_nohup)
    supervisor.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        supervisor.wait(timeout=0.5)
    supervisor.send_signal(signal.SIGTERM)
    supervisor.communicate(timeout=20)
    assert supervisor.returncode == 0
    assert gone(tmp_path)


def test_a_child_that_ends_is_started_again_and_again(run: Run, tmp_path: Path) -> None:
    supervisor = run("crashing", "edge")
    assert process.wait_until(lambda: len(starts(tmp_path, "crashing")) >= 3, 20)
    supervisor.terminate()
    output, _ = supervisor.communicate(timeout=20)
    assert "crashing ended with 3; it starts again in 0.2 s." in output
    assert len(starts(tmp_path, "edge")) == 1


def test_a_killed_child_is_named_with_its_signal(run: Run, tmp_path: Path) -> None:
    supervisor = run("edge")
    os.kill(pids(tmp_path)[0], signal.SIGKILL)
    assert process.wait_until(lambda: len(starts(tmp_path, "edge")) == 2, 20)
    supervisor.terminate()
    output, _ = supervisor.communicate(timeout=20)
    assert "edge was ended by SIGKILL" in output


def starts(folder: Path, name: str) -> list[str]:
    """The starts of one child."""
    return [line for line in events(folder) if line.startswith(f"{name} started")]


def test_the_children_of_a_child_end_with_it(run: Run, tmp_path: Path) -> None:
    supervisor = run("parent")
    assert process.wait_until(lambda: len(pids(tmp_path, "bore")) == 1, 10)
    supervisor.terminate()
    supervisor.communicate(timeout=20)
    assert gone(tmp_path)


def test_a_second_request_kills(run: Run, tmp_path: Path) -> None:
    supervisor = run("deaf")
    assert process.wait_until(lambda: "deaf deaf" in events(tmp_path), 10)
    supervisor.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        supervisor.wait(timeout=0.5)
    supervisor.send_signal(signal.SIGINT)
    supervisor.communicate(timeout=20)
    assert supervisor.returncode == 0
    assert gone(tmp_path)


def test_a_killed_supervisor_takes_its_children_along(run: Run, tmp_path: Path) -> None:
    """Linux tells the children of the death; elsewhere the next run ends what is left."""
    supervisor = run("edge", "work")
    supervisor.kill()
    supervisor.communicate()
    if platform.system() != "Linux":
        run("edge").terminate()
    assert process.wait_until(lambda: gone(tmp_path), 20)


def test_the_next_run_ends_what_a_killed_one_left(run: Run, tmp_path: Path) -> None:
    left = subprocess.Popen(["sleep", "120"], start_new_session=True)
    innocent = subprocess.Popen(["sleep", "121"], start_new_session=True)
    roster = {str(left.pid): "sleep 120", str(innocent.pid): "another command"}
    (tmp_path / "children.json").write_text(json.dumps(roster))
    try:
        supervisor = run("edge")
        assert left.wait(timeout=10) == -signal.SIGKILL
        assert innocent.poll() is None, "its pid was reused: it is none of ours"
        supervisor.terminate()
        output, _ = supervisor.communicate(timeout=20)
        assert f"Ending process {left.pid}, left by a run that was killed." in output
    finally:
        innocent.kill()
        innocent.wait()


def step(folder: Path, code: str, *, asked: bool = False) -> Child:
    """A child that ends by itself."""
    return Child("step", (sys.executable, "-c", code), os.environ, folder, asked=asked)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[Supervisor, io.StringIO]]:
    """A supervisor of this process, which gives the signals back."""
    before = {
        sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    output = io.StringIO()
    with Supervisor(Console(output), tmp_path / "children.json") as supervisor:
        yield supervisor, output
    for sign, handler in before.items():
        signal.signal(sign, handler)


def test_a_step_returns_its_exit_code_and_its_output_is_prefixed(
    here: tuple[Supervisor, io.StringIO], tmp_path: Path
) -> None:
    supervisor, output = here
    code = "print('one'); print(); print('two'); raise SystemExit(4)"
    assert supervisor.finish(step(tmp_path, code)) == 4
    assert output.getvalue().splitlines() == ["step     | one", "step     |  ", "step     | two"]


def test_a_step_that_takes_too_long_is_ended(
    here: tuple[Supervisor, io.StringIO], tmp_path: Path
) -> None:
    supervisor, _ = here
    slow = step(tmp_path, "import time; time.sleep(60)")
    assert supervisor.finish(slow, seconds=0.3) is None
    assert not slow.is_running()


def test_an_answer_is_read_apart_from_the_log(
    here: tuple[Supervisor, io.StringIO], tmp_path: Path
) -> None:
    supervisor, output = here
    asked = step(
        tmp_path, "import sys; print('asking', file=sys.stderr); print('binance')", asked=True
    )
    assert supervisor.finish(asked) == 0
    assert asked.answer() == "binance"
    assert output.getvalue() == "step     | asking\n"
