"""The whole product as `make run` starts it, in a home of its own, and a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.servers import TOGETHER

ROOT = Path(__file__).resolve().parents[2]
DEMO = ("demo@plimsoll.local", "plimsoll-demo")
#: Of a first start on a busy machine: initdb, migrations, the demo, and all processes.
START_SECONDS = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The start of the site is on the time of the first test here, whichever that is."""
    for item in items:
        if item.nodeid.startswith(TOGETHER):
            item.add_marker(pytest.mark.timeout(START_SECONDS + 120))


class Mailbox:
    """aiosmtpd's handler: keeps what was sent, and when it came."""

    def __init__(self) -> None:
        self.messages: list[tuple[float, str]] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        content = envelope.content  # type: ignore[attr-defined]
        self.messages.append((time.monotonic(), content.decode("utf8", "replace")))
        return "250 OK"


@dataclass(frozen=True)
class Site:
    """A running Plimsoll."""

    url: str
    home: Path
    log: Path
    mailbox: Mailbox

    def exchange(self) -> str:
        """Address of the simulated exchange, from the supervisor's log."""
        return (self.home / "var" / "run" / "exchange.url").read_text().strip()


def free_pair() -> int:
    """A port below the ephemeral range that is free, as is the next one."""
    for port in range(21_000 + os.getpid() % 3000, 32_000, 7):
        with socket.socket() as first, socket.socket() as second:
            if first.connect_ex(("127.0.0.1", port)) and second.connect_ex(("127.0.0.1", port + 1)):
                return port
    raise RuntimeError("no free pair of ports")


def clean_environment() -> dict[str, str]:
    ours = ("DATABASE_URL", "REDIS_URL", "PLIMSOLL", "DJANGO", "MARKET", "SECRET", "EMAIL")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """Not longer than its tests: it takes a quarter of a processor while nobody looks."""
    home = Path(tempfile.mkdtemp(prefix="plimsoll-e2e-"))
    home.chmod(0o711)  # PostgreSQL may run as another user, who must get through
    mailbox = Mailbox()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=free_pair())
    smtp.start()
    port = free_pair()
    environment = clean_environment() | {
        "PLIMSOLL_HOME": str(home),
        "PORT": str(port),
        "MARKET_FEED": "simulated",
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}",
    }
    log = home / "run.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.run"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        running = Site(f"http://127.0.0.1:{port}", home, log, mailbox)
        wait_until_ready(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)
        smtp.stop()
        shutil.rmtree(home, ignore_errors=True)


def wait_until_ready(site: Site, process: subprocess.Popen[bytes]) -> None:
    """Until every part answers: servers, a first cycle of the worker, the feed."""
    deadline = time.monotonic() + START_SECONDS
    state = ""
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer = requests.get(f"{site.url}/api/health", timeout=5)
            state = answer.text
            if answer.ok and answer.json()["status"] == "ok":
                return
        except (requests.RequestException, ValueError) as error:
            state = str(error)
        time.sleep(0.3)
    pytest.fail(f"Plimsoll did not start: {state}\n{site.log.read_text()[-6000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not longer than a file: its event loop runs in this thread, and others' tests need it."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        launched = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def signed_in(site: Site, browser: Browser) -> Path:
    """Cookies of the demo person, so that each test need not sign in."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, site)
    state = site.home / "cookies.json"
    context.storage_state(path=state)
    context.close()
    return state


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("Email").fill(DEMO[0])
    page.get_by_label("Password", exact=False).first.fill(DEMO[1])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/")


@dataclass
class Visit:
    """A page and what its console said."""

    page: Page
    errors: list[str]


@pytest.fixture
def context(browser: Browser, signed_in: Path) -> Iterator[BrowserContext]:
    made = browser.new_context(storage_state=signed_in, viewport={"width": 1440, "height": 900})
    yield made
    made.close()


@pytest.fixture
def visit(context: BrowserContext) -> Visit:
    page = context.new_page()
    found = Visit(page, [])
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on(
        "console",
        lambda said: (
            found.errors.append(f"{said.text} {said.location.get('url', '')}")
            if said.type == "error"
            else None
        ),
    )
    return found
