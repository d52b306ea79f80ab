"""The page's own modules, in a real browser: they write figures exactly as the server does."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from config.templatetags import formats

STATIC = Path(__file__).resolve().parents[2] / "static"
NUMBERS = [
    "0", "1", "-1", "0.005", "-0.004", "0.4711", "-212.16", "9.99", "10", "38.2", "999.995",
    "3120", "64210.5", "-1234567.891", "0.00001234", "0.000000000123", "12.34567", "123456789012",
]  # fmt: skip


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Tests say enough by themselves."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(STATIC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.goto(f"{address}/favicon.svg")
        yield opened
        browser.close()


WRITE = """async ([numbers, locale, privacy]) => {
  Object.assign(document.documentElement.dataset, { locale, privacy });
  const f = await import("/js/format.js");
  return numbers.map((n) => [
    f.money(n, "USD"), f.money(n, "EUR", { signed: true }), f.money(n, "BTC"), f.price(n, "USD"),
    f.quantity(n), f.percent(n), f.percent(n, { digits: 1, signed: true }), f.number(n, 1),
  ]);
}"""


def written(text: str, style: formats.Style) -> list[str]:
    number = Decimal(text)
    return [
        formats.money_text(number, "USD", style),
        formats.money_text(number, "EUR", style, signed=True),
        formats.money_text(number, "BTC", style),
        formats.money_text(number, "USD", style, digits=formats.price_digits(number)),
        formats.quantity_text(number, style),
        formats.percent_text(number, style),
        formats.percent_text(number, style, digits=1, signed=True),
        formats.number_text(number, 1, style),
    ]


@pytest.mark.parametrize("locale", [*formats.STYLES])
def test_browser_and_server_write_alike(page: Page, locale: str) -> None:
    style = formats.style_of(locale)
    found = page.evaluate(WRITE, [NUMBERS, locale, "shown"])
    assert dict(zip(NUMBERS, found, strict=True)) == {n: written(n, style) for n in NUMBERS}


@pytest.mark.parametrize(("privacy", "hidden"), [("amounts", [0, 1, 2, 4]), ("all", [*range(7)])])
def test_the_browser_hides_what_the_server_hides(
    page: Page, privacy: str, hidden: list[int]
) -> None:
    (texts,) = page.evaluate(WRITE, [["4711"], "en-US", privacy])
    assert [n for n, text in enumerate(texts) if "4" not in text] == hidden


def test_ages_are_told_alike(page: Page) -> None:
    seconds = [-3, 0, 59.9, 60, 3599, 3600, 86_399, 86_400, 1e7]
    found = page.evaluate(
        "async (all) => { const { age } = await import('/js/format.js'); return all.map(age); }",
        seconds,
    )
    assert found == [formats.age_text(one) for one in seconds]


def test_modules_import_what_exists_and_never_in_a_circle() -> None:
    """A circle has no hashed names (config/static_storage.py); a wrong path shows only at run."""
    modules = {path: _imports(path) for path in (STATIC / "js").rglob("*.js")}
    for path, imported in modules.items():
        for target in imported:
            assert target.is_file(), f"{path.name} imports {target}"
            assert path not in _reach(target, modules), f"{path.name} and {target.name}: a circle"


def _imports(path: Path) -> set[Path]:
    names = re.findall(r'(?:from|import)\s*\(?\s*"(\.[^"]+)"', path.read_text())
    return {(path.parent / name).resolve() for name in names}


def _reach(start: Path, modules: dict[Path, set[Path]]) -> set[Path]:
    found: set[Path] = set()
    waiting = [start]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += modules.get(one, ())
    return found


def test_every_vendored_file_names_its_version() -> None:
    for path in (STATIC / "vendor").iterdir():
        assert path.name == "LICENSES.txt" or re.search(r"-\d+\.\d+\.\d+\.(js|woff2)", path.name)
