"""The procedure of Quectel's document (section three, steps 1 to 8, and section four), walked in
the console with a virtual board that upgrades for real; in both languages."""

import pytest
from walk import UPGRADE_MS, add_board, add_package, choose_component, name_plan, push

from qsota_tools.console.words import Words


def refuse_a_short_window(page, t):
    """A complaint stands at its field, in the platform's terms."""
    page.get_by_label(t("plan.window_from")).select_option("3")
    page.get_by_label(t("plan.window_to")).select_option("3")
    page.get_by_role("button", name=t("plan.next"), exact=True).click()
    page.locator(".error").wait_for()
    assert page.locator(".error").inner_text() == t("complaint.shorter-than-an-hour")
    page.get_by_label(t("plan.window_from")).select_option("")
    page.get_by_label(t("plan.window_to")).select_option("")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_procedure_leads_to_an_upgraded_board(site, page_of, packages, language):
    t, page = Words(language), page_of(site, language)
    for version, path in packages.items():
        add_package(page, t, path, version)
    key = add_board(page, t, "node-1_0_0 1_0_0", "1_0_0")
    name_plan(page, t, "spring")
    refuse_a_short_window(page, t)
    choose_component(page, t, "node-2_0_0 → 2_0_0")

    # v: the dry run, then the activation
    outlook = page.locator("#outlook")
    assert "1 " + t("dry.gets") in outlook.inner_text()
    push(page, t)

    # 6 to 8: the plan is pushed on the grid, the board confirms, downloads and reports
    done = page.locator("#list .s-upgraded")
    done.wait_for(timeout=UPGRADE_MS)
    assert done.inner_text() == t("status.upgraded")
    assert "2_0_0" in page.locator("#list").inner_text()
    assert "100.0 %" in page.locator("#chart").inner_text()

    # Section four: the log of the device, beside what was said on its UART
    page.get_by_role("link", name=key).click()
    assert page.locator(".stepbar [aria-current]").inner_text() == t("step.end")
    page.locator("#log .line", has_text=t("event.verdict")).first.click()
    marked = page.locator("#transcript .line.at")
    assert marked.count() == 1
    assert "10705" in page.locator("#transcript").inner_text()


def test_a_package_is_verified_on_a_board_and_shows_it(site, page_of, packages):
    t, page = Words("en"), page_of(site)
    for version, path in packages.items():
        add_package(page, t, path, version)
    key = add_board(page, t, "node-1_0_0 1_0_0", "1_0_0")
    page.goto("/packages")
    page.get_by_role("link", name="node-2_0_0").click()
    page.get_by_label(t("device.key")).fill(key)
    page.get_by_role("button", name=t("package.verify"), exact=True).click()
    page.locator("#verifications .s-upgraded").wait_for(timeout=UPGRADE_MS)
    assert page.locator("#verifications .stepbar [aria-current]").inner_text() == t("step.end")
    page.reload()
    assert page.locator("h1 .s-verified").is_visible()

    page.locator("#verifications").get_by_role("link", name=key).click()
    assert "node-2_0_0" in page.locator("#head").inner_text()
    assert page.locator("#log .line", has_text=t("event.verdict")).count() == 1
