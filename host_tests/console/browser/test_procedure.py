"""The procedure of Quectel's document (section three, steps 1 to 8, and section four), walked in
the console with a virtual board that upgrades for real; in both languages."""

import re

import pytest

from qsota_tools import boards
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.console.words import Words
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package

UPGRADE_MS = 90000


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The files of the two versions."""
    folder = tmp_path_factory.mktemp("packages")
    board = boards.load("VIRTUAL")
    paths = {}
    for version in ("1_0_0", "2_0_0"):
        image = build_image(EXAMPLES / f"sensor_node_{version}")
        paths[version] = folder / f"node-{version}.bin"
        paths[version].write_bytes(make_package(image, board, board["component"], version))
    return paths


def add_package(page, t, path, version):
    """Step 1: the upload reads the package and fills the form in."""
    page.goto("/packages/new")
    page.get_by_label(t("package.file")).set_input_files(path)
    page.get_by_text(t("package.ours")).wait_for()
    assert page.get_by_label(t("package.target_version")).input_value() == version
    assert page.get_by_label(t("package.name")).input_value() == path.stem
    page.get_by_role("button", name=t("act.add"), exact=True).click()
    page.wait_for_url(re.compile(r"/packages/\d+$"))


def add_board(page, t, package):
    """Steps 4 and 5: the board connects, and tells its version."""
    page.goto("/bench")
    page.get_by_label(t("bench.first")).select_option(label=package)
    form = page.locator("#add-board")
    form.get_by_role("button", name=t("act.add"), exact=True).click()
    page.goto("/devices")
    page.get_by_text("1_0_0").wait_for(timeout=UPGRADE_MS)
    return page.locator("tbody a").first.inner_text()


def create_plan(page, t, name, package):
    """Step 3, i to iv."""
    page.goto("/plans/new")
    page.get_by_role("button", name=t("plan.next"), exact=True).click()
    page.get_by_label(t("plan.name")).fill(name)
    page.get_by_label(t("plan.window_from")).select_option("3")
    page.get_by_label(t("plan.window_to")).select_option("3")
    page.get_by_role("button", name=t("plan.next"), exact=True).click()
    page.locator(".error").wait_for()
    assert page.locator(".error").inner_text() == t("complaint.shorter-than-an-hour")
    page.get_by_label(t("plan.window_from")).select_option("")
    page.get_by_label(t("plan.window_to")).select_option("")
    page.get_by_role("button", name=t("plan.next"), exact=True).click()
    page.wait_for_url("**/edit")
    page.get_by_label(t("component.identifier")).first.fill("MCU")
    page.get_by_label(t("component.package")).first.select_option(label=package)
    page.locator("#components button.primary").click()
    page.get_by_text("2", exact=True).wait_for()  # the row for another one
    page.get_by_role("link", name=t("plan.check")).click()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_procedure_leads_to_an_upgraded_board(site, page_of, packages, language):
    t, page = Words(language), page_of(site, language)
    for version, path in packages.items():
        add_package(page, t, path, version)
    key = add_board(page, t, "node-1_0_0 1_0_0")
    create_plan(page, t, "spring", "node-2_0_0 → 2_0_0")

    # v: the dry run, then the activation
    outlook = page.locator("#outlook")
    assert "1 " + t("dry.gets") in outlook.inner_text()
    page.get_by_role("button", name=t("plan.activate"), exact=True).click()
    page.wait_for_url("**/monitor")

    # 6 to 8: the plan is pushed on the grid, the board confirms, downloads and reports
    page.get_by_role("button", name=t("clock.slot"), exact=True).click()
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
    key = add_board(page, t, "node-1_0_0 1_0_0")
    page.goto("/packages")
    page.get_by_role("link", name="node-2_0_0").click()
    page.get_by_label(t("device.key")).fill(key)
    page.get_by_role("button", name=t("package.verify"), exact=True).click()
    page.locator("#verifications .s-upgraded").wait_for(timeout=UPGRADE_MS)
    page.reload()
    assert page.locator("h1 .s-verified").is_visible()
