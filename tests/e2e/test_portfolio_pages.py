"""The pages of a portfolio in a browser: entry by keyboard, filters, undo, shapes, trails."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Site, Visit

#: Each step waits for a server that others use as well.
PATIENCE = 15_000


def open_ledger(site: Site, page: Page, query: str = "") -> Locator:
    page.goto(f"{site.url}/portfolios/1/transactions/{query}")
    rows = page.locator("#ledger tr[data-row]")
    expect(rows.first).to_be_visible(timeout=PATIENCE)
    return rows


def fill(dialog: Locator, **fields: str) -> None:
    for label, value in fields.items():
        dialog.get_by_label(label.replace("_", " "), exact=True).fill(value)


def test_entry_by_keyboard_and_a_swap(site: Site, visit: Visit) -> None:
    page = visit.page
    rows = open_ledger(site, page)
    page.evaluate("window.notReloaded = true")
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Received", exact=True)).to_be_hidden(timeout=PATIENCE)
    fill(dialog, Asset="BTC", Quantity="0.011", Price="60000")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_label("Quantity", exact=True)).to_have_value("", timeout=PATIENCE)
    expect(rows.first).to_contain_text("0.011", timeout=PATIENCE)
    dialog.get_by_label("Type").select_option("swap")
    fill(dialog, Given="BTC", Quantity_given="0.011", Received="ETH", Quantity_received="0.2")
    dialog.get_by_label("and go on with the next").uncheck()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden(timeout=PATIENCE)
    expect(rows.first).to_contain_text("BTC → ETH", timeout=PATIENCE)
    assert page.evaluate("window.notReloaded") is True
    assert visit.errors == []


def test_what_is_wrong_stands_at_its_field(site: Site, visit: Visit) -> None:
    page = visit.page
    open_ledger(site, page)
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    fill(dialog, Asset="BTX", Quantity="-1", Price="1")
    page.keyboard.press("Enter")
    wrong = dialog.get_by_label("Asset", exact=True)
    expect(wrong).to_have_attribute("aria-invalid", "true", timeout=PATIENCE)
    expect(wrong).to_be_focused()
    expect(dialog).to_contain_text("Did you mean")
    assert visit.errors == []


def test_rows_by_keyboard_delete_and_undo(site: Site, visit: Visit) -> None:
    page = visit.page
    rows = open_ledger(site, page, "?type=buy&sort=-date")
    newest = rows.first.get_attribute("data-row")
    page.keyboard.press("ArrowDown")
    expect(rows.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("About this transaction", timeout=PATIENCE)
    expect(dialog).to_contain_text("Lots it opened")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(dialog).to_contain_text("Edit transaction", timeout=PATIENCE)
    page.keyboard.press("Escape")
    page.keyboard.press("Delete")
    gone = page.locator(f"#ledger tr[data-row='{newest}']")
    expect(gone).to_have_count(0, timeout=PATIENCE)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(gone).to_have_count(1, timeout=PATIENCE)
    page.keyboard.press("?")
    expect(page.locator("#ledger-keys")).to_be_visible()
    assert visit.errors == []


def test_filters_and_order_are_in_the_address(site: Site, visit: Visit) -> None:
    page = visit.page
    rows = open_ledger(site, page)
    kind = page.locator("#ledger-filters select[name=type]")
    kind.select_option("reward")
    expect(page).to_have_url(re.compile("type=reward"), timeout=PATIENCE)
    expect(rows.filter(has_text="Buy")).to_have_count(0, timeout=PATIENCE)
    words = page.locator("#ledger-text")
    words.fill("no such words")
    expect(page.locator("#ledger")).to_contain_text("No transaction matches", timeout=PATIENCE)
    words.fill("")
    kind.select_option("")
    page.get_by_role("link", name="Total").click()
    expect(page).to_have_url(re.compile("sort=-total"), timeout=PATIENCE)
    page.reload()
    expect(page.get_by_role("columnheader", name="Total")).to_have_attribute(
        "aria-sort", "descending"
    )
    assert visit.errors == []


def test_the_list_goes_on_by_itself(site: Site, visit: Visit) -> None:
    page = visit.page
    rows = open_ledger(site, page)
    before = rows.count()
    rows.last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 4000)
    expect(rows.nth(before)).to_be_attached(timeout=PATIENCE)
    assert visit.errors == []


def test_the_whole_as_donut_and_as_treemap(site: Site, visit: Visit) -> None:
    page = visit.page
    page.goto(f"{site.url}/portfolios/2/")
    chart = page.locator("#allocation-chart")
    chart.scroll_into_view_if_needed()
    expect(chart.locator("svg.donut circle").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Treemap").click()
    expect(chart.locator("svg.treemap rect").first).to_be_visible(timeout=PATIENCE)
    chart.focus()
    page.keyboard.press("ArrowRight")
    expect(chart.locator(".tip")).to_contain_text(re.compile(r"SOL \d+\.\d%.*\$"))
    page.locator("#allocation").get_by_role("link", name="Kind").click()
    expect(page.locator("#allocation")).to_contain_text("Coin", timeout=PATIENCE)
    expect(chart.locator("svg.treemap")).to_be_visible(timeout=PATIENCE)  # it stays as it was
    page.locator("#allocation").get_by_role("link", name="Location").click()
    expect(page.locator("#allocation .shares-list li").first).to_be_visible(timeout=PATIENCE)
    assert visit.errors == []


def test_a_figure_leads_to_its_transactions(site: Site, visit: Visit) -> None:
    page = visit.page
    page.goto(f"{site.url}/portfolios/1/")
    page.locator("#profit").get_by_role("button", name="About: Realised profit").click()
    page.locator("#profit :popover-open").get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Realised profit", timeout=PATIENCE)
    dialog.get_by_role("link", name="ETH").click()
    page.wait_for_url(re.compile("/assets/ETH/#sales"))
    page.locator("#sales .open-row").first.click()
    used = page.locator("#sales tr.detail table").first
    expect(used).to_contain_text("Oldest first", timeout=PATIENCE)
    used.get_by_role("link").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Lots it opened", timeout=PATIENCE)
    assert visit.errors == []


def test_hidden_amounts_stay_hidden_in_tooltips(site: Site, visit: Visit) -> None:
    page = visit.page
    page.goto(f"{site.url}/portfolios/1/")
    page.get_by_role("button", name=re.compile("Hide amounts")).click()
    expect(page.locator("html")).to_have_attribute("data-privacy", "amounts", timeout=PATIENCE)
    try:
        chart = page.locator("#allocation-chart")
        chart.scroll_into_view_if_needed()
        part = chart.locator("svg .part").first
        expect(part).to_be_visible(timeout=PATIENCE)
        chart.focus()
        page.keyboard.press("ArrowRight")
        expect(chart.locator(".tip")).to_have_text(re.compile(r"^[A-Z]+ \d+\.\d%$"))
        assert "$" not in page.title()
    finally:
        for _ in range(2):  # all hidden, then everything shown again
            page.locator("[data-shell=privacy] button").click()
            page.wait_for_load_state("load")
            page.wait_for_timeout(500)
    expect(page.locator("html")).to_have_attribute("data-privacy", "shown", timeout=PATIENCE)
    assert visit.errors == []
