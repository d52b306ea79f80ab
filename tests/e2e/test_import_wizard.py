"""A person imports a file: mapper, preview, an error row, progress, result, undo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import Site, Visit
from tests.e2e.test_every_page import violations

FILES = Path(__file__).parents[1] / "portfolios" / "files"


def test_import_preview_write_undo(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit.page
    day = datetime.now(UTC) - timedelta(days=3)
    file = tmp_path / "bank.csv"
    file.write_text(
        "When;What;How many;Of;At;In\n"
        f"{day:%d.%m.%Y} 09:00;Kauf;0,125;BTC;50.000,00;USD\n"
        f"{day:%d.%m.%Y} 10:00;Verkauf;99.999;BTC;51.000,00;USD\n"
    )
    page.goto(f"{site.url}/portfolios/1/import/")
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Read the file").press("Enter")
    expect(page.get_by_text("Say which columns hold")).to_be_visible(timeout=30_000)
    for field, column in {
        "executed_at": "When", "type": "What", "quantity": "How many",
        "symbol": "Of", "price": "At", "currency": "In",
    }.items():  # fmt: skip
        page.locator(f"select[name='column.{field}']").select_option(column)
    page.locator("select[name=decimal]").select_option(",")
    page.locator("select[name=date_order]").select_option("dmy")
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_text("1 row cannot be imported")).to_be_visible(timeout=30_000)
    expect(page.locator("table.preview .v-wrong")).to_contain_text("BTC is held")
    assert violations(page) == []
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("mend the file")
    page.get_by_label("Import everything but the wrong rows").check()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("transaction imported")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="See them").click()
    expect(page.locator("#ledger tbody tr[data-row]")).to_have_count(1)
    page.go_back()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("This import was undone")).to_be_visible(timeout=30_000)
    assert visit.errors == []


def test_a_known_export_is_recognised_and_a_large_file_stays_here(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    page = visit.page
    page.goto(f"{site.url}/portfolios/1/import/")
    large = tmp_path / "large.csv"
    with large.open("wb") as out:
        out.truncate(51 * 1024 * 1024)
    page.set_input_files("#file", large)
    expect(page.locator("#file-error")).to_contain_text("larger than 50 MB")
    page.set_input_files("#file", FILES / "kraken_ledgers.csv")
    expect(page.locator("#file-error")).to_be_hidden()
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("read as Kraken ledgers")).to_be_visible(timeout=30_000)
    expect(page.locator("table.preview")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Throw the file away").click()
    expect(page.get_by_text("is thrown away")).to_be_visible(timeout=30_000)
    assert visit.errors == []


def test_a_disposal_opens_its_lots(visit: Visit, site: Site) -> None:
    page = visit.page
    page.goto(f"{site.url}/portfolios/1/reports/")
    button = page.locator("#sales .open-row").first
    expect(button).to_have_attribute("aria-expanded", "false")
    button.press("Enter")
    expect(page.locator("#sales tr.detail").first).to_be_visible(timeout=30_000)
    assert visit.errors == []
