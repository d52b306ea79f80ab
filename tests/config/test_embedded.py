"""The embedded servers, as they are: started, attached to, killed, moved and stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import environ
import psycopg
import pytest
from redis import Redis

from config import embedded
from config.embedded import home as home_module
from config.embedded import ports, process
from config.embedded.account import SHARED_STATE
from config.embedded.servers import Servers


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home with a short path, whose servers are gone when the test is over."""
    place = Path(tempfile.mkdtemp(prefix="plimsoll-"))
    place.chmod(0o711)
    yield place
    sweep(place)


def sweep(place: Path) -> None:
    """Stop what runs for ``place`` and remove it, with the rooms that root made elsewhere."""
    if servers := embedded.urls(place):
        servers.stop()
    elsewhere = (place / "var/postgres").resolve()
    subprocess.run(["rm", "-rf", str(place)], check=True)
    if elsewhere.is_relative_to(SHARED_STATE):
        subprocess.run(["rm", "-rf", str(elsewhere)], check=True)


def database(servers: Servers) -> psycopg.Connection:
    """Connect with what django-environ makes of the address: the settings do the same."""
    config = environ.Env.db_url_config(servers.database_url)
    return psycopg.connect(
        host=config["HOST"],
        port=config["PORT"] or None,
        user=config["USER"],
        password=config["PASSWORD"],
        dbname=config["NAME"],
        autocommit=True,
    )


def put(servers: Servers, value: str) -> None:
    """Leave a mark in both servers."""
    with database(servers) as connection:
        connection.execute("CREATE TABLE mark (value text)")
        connection.execute("INSERT INTO mark VALUES (%s)", [value])
    Redis.from_url(servers.redis_url).set("mark", value)


def found(servers: Servers) -> tuple[str, str]:
    """The marks in both servers."""
    with database(servers) as connection:
        row = connection.execute("SELECT value FROM mark").fetchone()
    stored = Redis.from_url(servers.redis_url, decode_responses=True).get("mark")
    return (row[0] if row else ""), str(stored)


def group_killed(pid: int) -> None:
    """Kill a whole process group, as an impatient operator does."""
    os.killpg(pid, signal.SIGKILL)
    assert process.wait_until(lambda: not process.alive(pid), 10)


def test_start_serves_postgresql_18_and_valkey_9(home: Path) -> None:
    servers = embedded.start(home, durable=False)
    with database(servers) as connection:
        (version,) = connection.execute("SHOW server_version").fetchone() or ("",)
        (collation,) = connection.execute("SELECT 'É' ILIKE 'é'").fetchone() or (False,)
    assert version.startswith("18.")
    assert collation is True
    assert Redis.from_url(servers.redis_url).info("server")["valkey_version"].startswith("9.")


def test_second_start_attaches(home: Path) -> None:
    first = embedded.start(home, durable=False)
    assert embedded.start(home) == first
    assert embedded.urls(home) == first


def test_attaches_without_the_state_file(home: Path) -> None:
    first = embedded.start(home, durable=False)
    (home / "var/run/servers.json").unlink()
    assert embedded.urls(home) is None
    assert embedded.start(home) == first


def test_stop_ends_both_and_keeps_the_data(home: Path) -> None:
    first = embedded.start(home)
    put(first, "kept")
    first.stop()
    assert not process.alive(first.postgres_pid)
    assert not process.alive(first.valkey_pid)
    assert embedded.urls(home) is None
    assert found(embedded.start(home)) == ("kept", "kept")


def test_recovers_when_everything_was_killed(home: Path) -> None:
    first = embedded.start(home)
    put(first, "survives")
    assert Redis.from_url(first.redis_url).waitaof(1, 0, 5000)[0] == 1
    group_killed(first.postgres_pid)
    group_killed(first.valkey_pid)
    assert (home / "var/run/servers.json").exists(), "the state is stale, as after a crash"
    assert embedded.urls(home) is None
    assert found(embedded.start(home)) == ("survives", "survives")


def test_recovers_when_only_the_postmaster_was_killed(home: Path) -> None:
    first = embedded.start(home)
    put(first, "survives")
    os.kill(first.postgres_pid, signal.SIGKILL)
    second = embedded.start(home)
    assert second.valkey_pid == first.valkey_pid
    assert found(second) == ("survives", "survives")


def test_a_stale_pid_that_now_belongs_to_another_program_is_no_obstacle(home: Path) -> None:
    first = embedded.start(home, durable=False)
    group_killed(first.postgres_pid)
    other = subprocess.Popen(["sleep", "60"])
    lock = home / "var/postgres/data/postmaster.pid"
    lock.write_text("\n".join([str(other.pid), *lock.read_text().splitlines()[1:]]))
    try:
        second = embedded.start(home, durable=False)
    finally:
        other.kill()
        other.wait()
    assert second.postgres_pid not in (first.postgres_pid, other.pid)


def test_an_interrupted_initdb_leaves_nothing_that_matters(home: Path) -> None:
    embedded.secret_key(home)
    half = home / "var/postgres/data.draft"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert embedded.start(home, durable=False)


def test_the_servers_end_with_the_process_that_started_them(home: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from config import embedded;"
        "s = embedded.start(Path(sys.argv[1]), durable=False);"
        "print(s.postgres_pid, s.valkey_pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(home)]
    starter = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    pids = [int(pid) for pid in starter.stdout.readline().split()]
    assert len(pids) == 2
    starter.kill()
    starter.communicate()
    assert process.wait_until(lambda: not any(process.alive(pid) for pid in pids), 20)
    assert embedded.start(home, durable=False)


@pytest.mark.parametrize("name", ["x" * 90, "a home with spaces, and a comma"])
def test_a_path_that_fits_no_socket_gets_a_port_and_still_a_password(home: Path, name: str) -> None:
    servers = embedded.start(home / name, durable=False)
    try:
        config = environ.Env.db_url_config(servers.database_url)
        assert config["HOST"] == "127.0.0.1"
        assert ports.FIRST <= config["PORT"] <= ports.LAST
        put(servers, "by port")
        assert found(servers) == ("by port", "by port")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(
                host="127.0.0.1", port=config["PORT"], user="plimsoll", password="guess"
            )
    finally:
        servers.stop()


def test_nobody_enters_without_the_password(home: Path) -> None:
    servers = embedded.start(home, durable=False)
    config = environ.Env.db_url_config(servers.database_url)
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host=config["HOST"], user=config["USER"], dbname=config["NAME"])
    port = int(servers.redis_url.rpartition(":")[2].partition("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"PING\r\n")
        assert line.recv(100).startswith(b"-NOAUTH")
    for secret in ("var/secrets.json", "var/run/servers.json", "var/valkey/valkey.conf"):
        assert (home / secret).stat().st_mode & 0o077 == 0
    assert (home / "var/postgres").stat().st_mode & 0o077 == 0


def test_a_taken_port_is_passed_over(home: Path) -> None:
    first = embedded.start(home, durable=False)
    port = int(first.redis_url.rpartition(":")[2].partition("/")[0])
    first.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        second = embedded.start(home, durable=False)
    assert f":{port}/" not in second.redis_url
    assert Redis.from_url(second.redis_url).ping()


def test_secrets_are_made_once_and_long_enough(home: Path) -> None:
    key = embedded.secret_key(home)
    assert len(key) >= 50
    assert embedded.secret_key(home) == key
    assert len(embedded.encryption_key(home)) == 44
    assert set(json.loads((home / "var/secrets.json").read_text())) == {
        "postgres",
        "signing",
        "encryption",
    }


def test_lost_secrets_are_named_and_not_replaced(home: Path) -> None:
    embedded.start(home, durable=False).stop()
    (home / "var/secrets.json").unlink()
    with pytest.raises(embedded.EmbeddedError, match=r"secrets\.json is missing"):
        embedded.start(home)


def test_data_of_another_version_is_refused(home: Path) -> None:
    embedded.start(home, durable=False).stop()
    (home / "var/postgres/data/PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.EmbeddedError, match="made by PostgreSQL 17"):
        embedded.start(home)


def test_a_full_disk_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_module, "LEAST_FREE_BYTES", 1 << 62)
    with pytest.raises(embedded.EmbeddedError, match=r"No space left .* PLIMSOLL_HOME"):
        embedded.start(home)


def test_a_home_that_is_a_file_is_named(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(embedded.EmbeddedError, match=r"Cannot write to .*file"):
        embedded.start(home / "file" / "home")


def test_an_old_python_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_module, "OLDEST_PYTHON", (99, 0))
    with pytest.raises(embedded.EmbeddedError, match=r"needs Python 99\.0 or newer, this is 3\."):
        embedded.start(home)


def test_a_platform_without_wheels_is_told_what_to_set(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.embedded.postgres.find_spec", lambda _: None)
    with pytest.raises(embedded.EmbeddedError, match="set DATABASE_URL to a PostgreSQL server"):
        embedded.start(home)


@pytest.mark.parametrize("closed", [0o700])
def test_a_home_that_others_cannot_enter(home: Path, closed: int) -> None:
    """As root, PostgreSQL runs as another user: its data moves, the parents stay closed."""
    home.chmod(closed)
    servers = embedded.start(home / "clone", durable=False)
    try:
        put(servers, "inside")
        assert found(servers) == ("inside", "inside")
        assert home.stat().st_mode & 0o777 == closed
    finally:
        sweep(home / "clone")
