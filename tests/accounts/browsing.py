"""Steps of a person in a browser."""

from django.urls import reverse
from playwright.sync_api import ConsoleMessage, Page, Response
from pytest_django.live_server_helper import LiveServer

from tests.conftest import PASSWORD


def complaints(page: Page) -> list[str]:
    """What the page could not load, was forbidden, or failed at; it grows while the page lives."""
    found: list[str] = []

    def answered(response: Response) -> None:
        if response.status >= 400:
            found.append(response.url)

    def said(message: ConsoleMessage) -> None:
        if "Policy" in message.text:
            found.append(message.text)

    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("response", answered)
    page.on("console", said)
    return found


def at(server: LiveServer, name: str, host: str = "localhost") -> str:
    port = server.url.rpartition(":")[2]
    return f"http://{host}:{port}{reverse(name)}"


def sign_in(page: Page, server: LiveServer, email: str) -> None:
    page.goto(at(server, "account_login"))
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
