"""The Risk page in a browser: controls, parts that come later, what-if, own shocks, limits."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Site, Visit

#: Parts come one after the other, each from a server that others use as well.
PATIENCE = 20_000
#: What stands where there is no figure.
NOTHING = "\N{EN DASH}"


def open_risk(site: Site, page: Page, path: str = "/risk/1/") -> Locator:
    page.goto(site.url + path)
    sentence = page.locator("#risk-say")
    expect(sentence).to_contain_text("you could lose")
    return sentence


def test_controls_change_the_url_and_the_figures(site: Site, visit: Visit) -> None:
    page = visit.page
    sentence = open_risk(site, page)
    page.evaluate("window.notReloaded = true")
    before = sentence.inner_text()
    page.locator("#ask-confidence").select_option("0.99")
    expect(page).to_have_url(re.compile("confidence=0.99"), timeout=PATIENCE)
    expect(page.locator("#risk-say")).not_to_have_text(before, timeout=PATIENCE)
    page.locator("#ask-window").select_option("730")
    expect(page).to_have_url(re.compile("window=730"), timeout=PATIENCE)
    expect(page.locator("#risk-say")).to_contain_text("1 day in 100", timeout=PATIENCE)
    page.locator("#ask-method").select_option("student_t")
    expect(page.locator("tr.chosen")).to_contain_text("Student t", timeout=PATIENCE)
    page.locator("#ask-horizon").select_option("10")
    expect(page.locator("#ask-scaling")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("window.notReloaded") is True
    page.reload()
    expect(page.locator("#ask-method")).to_have_value("student_t")
    assert visit.errors == []


def test_everything_comes_without_scrolling(site: Site, visit: Visit) -> None:
    page = visit.page
    open_risk(site, page)
    expect(page.locator("[data-lazy]")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("[data-chart]:not([data-drawn])")).to_have_count(0, timeout=PATIENCE)
    assert page.evaluate("scrollY") == 0
    for name in ("backtest", "scenarios", "correlation", "futures", "what-if", "limits"):
        expect(page.locator(f"#risk-{name} h2")).to_be_attached()
    assert visit.errors == []


def test_a_slider_changes_every_figure(site: Site, visit: Visit) -> None:
    page = visit.page
    open_risk(site, page)
    slider = page.locator("#what-if-form input[type=range]").first
    slider.scroll_into_view_if_needed(timeout=PATIENCE)
    then = page.locator("#risk-after table.compare tbody tr").first.locator("td").nth(1)
    expect(then).to_contain_text(NOTHING)
    slider.focus()
    page.keyboard.press("Home")
    expect(then).to_contain_text("%", timeout=PATIENCE)
    expect(
        page.locator("#risk-after .verdict").filter(has_text=re.compile("better|worse"))
    ).not_to_have_count(0)
    page.get_by_role("button", name="Back to as it is").click()
    expect(then).to_contain_text(NOTHING, timeout=PATIENCE)
    assert visit.errors == []


def test_a_shock_of_ones_own(site: Site, visit: Visit) -> None:
    page = visit.page
    open_risk(site, page)
    change = page.locator("#shock-change-0")
    change.scroll_into_view_if_needed(timeout=PATIENCE)
    change.fill("-40")
    expect(page.locator("#risk-shock")).to_contain_text("You would lose", timeout=PATIENCE)
    change.fill("-400")
    expect(page.locator("#risk-shock")).to_contain_text("change must be between", timeout=PATIENCE)
    assert visit.errors == []


def test_a_limit_is_drawn_breached_and_tried(site: Site, visit: Visit) -> None:
    page = visit.page
    open_risk(site, page, "/risk/2/")
    draw = page.get_by_role("button", name="Draw a limit")
    draw.scroll_into_view_if_needed(timeout=PATIENCE)
    draw.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Of", exact=True).select_option("volatility")
    dialog.get_by_label("Line").fill("30")
    dialog.get_by_role("button", name="Draw the limit").click()
    listed = page.locator("#risk-limits tbody tr").filter(has_text="30.0%")
    expect(listed.first).to_contain_text("over the line", timeout=PATIENCE)
    page.reload()
    trial = page.locator("#risk-restore").get_by_role("link", name="Try it").first
    expect(trial).to_be_visible(timeout=PATIENCE)
    trial.click()
    expect(page.locator("#risk-after")).to_contain_text("Sell", timeout=PATIENCE)
    assert visit.errors == []
