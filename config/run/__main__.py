"""Start everything, say where it is, and stop it again."""

import fcntl
import http.client
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from config import embedded
from config.embedded import ports
from config.embedded.errors import explained
from config.embedded.home import Home
from config.run.child import Child
from config.run.children import Cast
from config.run.console import Console
from config.run.freshness import Freshness
from config.run.options import SOURCES, OptionError, Options, check_ports, read
from config.run.supervisor import Interrupted, Supervisor

FIRST_EXCHANGE_PORT = 28790
SLOW_SECONDS = 120
CHOICE_SECONDS = 15
#: What MARKET_FEED leaves open, and what it comes to when nobody answers the question.
ASKED = {"auto": "simulated", "live": SOURCES[0]}


class StepFailedError(RuntimeError):
    """A step that must succeed before serving did not; the message says which."""


def main() -> int:
    """Run until asked to stop; the exit code."""
    console = Console()
    try:
        options = read()
        with explained(options.home):
            Home(options.home).prepare()
        with _only_run(Home(options.home)):
            _run(options, console)
    except Interrupted:
        console.say("Stopped.")
    except (OptionError, embedded.EmbeddedError, StepFailedError) as refusal:
        print(f"plimsoll: {refusal}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


@contextmanager
def _only_run(home: Home) -> Iterator[None]:
    """One run a home: two would hold each other's queue and data."""
    with (home.run / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OptionError(
                f"Plimsoll already runs for {home.root}: stop that run first (Ctrl-C in its "
                "terminal), or set PLIMSOLL_HOME to another directory."
            ) from None
        yield


def _run(options: Options, console: Console) -> None:
    with _servers_after(options, console), _supervisor(options, console) as supervisor:
        check_ports(options)
        cast = Cast(options, next(ports.free_ports(FIRST_EXCHANGE_PORT)))
        _start_servers(options, console)
        _empty(options.metrics)
        chooser = cast.chooser()
        if options.feed in ASKED:
            chooser.start(console)
        try:
            _start_all(supervisor, cast, chooser)
        finally:
            chooser.kill()
        _keep(supervisor, options)


def _start_all(supervisor: Supervisor, cast: Cast, chooser: Child) -> None:
    """Prepare the database first, or last where this code has prepared it before."""
    options = cast.options
    fresh = Freshness(Home(options.home), options.code) if options.embedded else None
    is_prepared = fresh is not None and fresh.is_prepared()
    if not is_prepared:
        _prepare(supervisor, cast)
    if fresh is not None:
        fresh.note()
    _serve(supervisor, cast)
    supervisor.add(cast.worker())
    _start_feed(supervisor, cast, _chosen(supervisor, options, chooser))
    _announce(supervisor.console, options)
    if is_prepared:
        _prepare(supervisor, cast)


def _supervisor(options: Options, console: Console) -> Supervisor:
    return Supervisor(console, Home(options.home).run / "children.json")


@contextmanager
def _servers_after(options: Options, console: Console) -> Iterator[None]:
    """Stop the embedded servers last, whoever started them."""
    try:
        yield
    finally:
        if options.embedded and (servers := embedded.urls(options.home)):
            servers.stop()
            console.say("PostgreSQL and Valkey have stopped; the data is safe.")


def _start_servers(options: Options, console: Console) -> None:
    if not options.embedded:
        console.say("Using the servers of DATABASE_URL and REDIS_URL.")
        return
    place = Home(options.home)
    begin = "Starting" if (place.postgres / "data").exists() else "First run: making and starting"
    console.say(f"{begin} PostgreSQL and Valkey in {place.var}")
    embedded.start(options.home)


def _empty(folder: Path) -> None:
    """Counters of an earlier run's processes would be added to this one's."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _prepare(supervisor: Supervisor, cast: Cast) -> None:
    code = supervisor.finish(cast.prepare())
    if code:
        raise StepFailedError(f"The database could not be prepared (exit code {code}, see above).")


def _chosen(supervisor: Supervisor, options: Options, chooser: Child) -> str:
    """The feed to use: as asked for, or the first public one that answers, or the simulated one."""
    if options.feed not in ASKED:
        return options.feed
    supervisor.watch(lambda: not chooser.is_running(), seconds=CHOICE_SECONDS)
    answer = "" if chooser.is_running() else chooser.answer()
    if answer in (*SOURCES, "simulated"):
        return answer
    fallback = ASKED[options.feed]
    supervisor.console.say(f"No feed could be chosen, see above: trying {fallback}.")
    return fallback


def _start_feed(supervisor: Supervisor, cast: Cast, feed: str) -> None:
    address = supervisor.roster.parent / "exchange.url"
    address.unlink(missing_ok=True)
    if feed == "none":
        supervisor.console.say("Prices: none, stored history alone (MARKET_FEED=none).")
        supervisor.finish(cast.stream(feed))  # it notes that no feed is current, and ends
        return
    supervisor.console.say(f"Prices: {feed}")
    if feed == "simulated":
        supervisor.add(cast.exchange())
        supervisor.watch(lambda: ports.answers(cast.exchange_port), seconds=SLOW_SECONDS)
        address.write_text(cast.exchange_url + "\n")
    supervisor.add(cast.stream(feed))


def _serve(supervisor: Supervisor, cast: Cast) -> None:
    """Start what people talk to and wait for it alone: the rest would take its share of the CPU."""
    supervisor.add(cast.web())
    supervisor.add(cast.live())
    serves = partial(_serves, cast.options)
    if not supervisor.watch(serves, seconds=SLOW_SECONDS):
        supervisor.console.say(f"Not serving after {SLOW_SECONDS} s, still trying: see above.")
        supervisor.watch(serves)


def _announce(console: Console, options: Options) -> None:
    sign_in = ", sign in as demo@plimsoll.local with plimsoll-demo" if options.embedded else ""
    console.say(f"Plimsoll is ready at {options.address}{sign_in} (Ctrl-C stops it)")


def _keep(supervisor: Supervisor, options: Options) -> None:
    """Until asked to stop; an embedded server that crashed comes back. The children go on as they
    are, unless it has another address now, as Valkey has with each new password.
    """
    servers = embedded.urls(options.home) if options.embedded else None
    while True:
        supervisor.watch(partial(_have_ended, servers))
        supervisor.console.say("PostgreSQL or Valkey has ended: starting it again.")
        before, servers = servers, embedded.start(options.home)
        if _addresses(before) != _addresses(servers):
            supervisor.restart()


def _addresses(servers: embedded.Servers | None) -> tuple[str, str] | None:
    return (servers.database_url, servers.redis_url) if servers else None


def _have_ended(servers: embedded.Servers | None) -> bool:
    return servers is not None and not servers.are_alive()


def _serves(options: Options) -> bool:
    return ports.answers(options.live_port) and _health(options.port) == http.client.OK


def _health(port: int) -> int:
    """Status of /health; 0 where nobody answers yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
