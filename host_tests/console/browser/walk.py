"""Steps of the walks through the console."""

import re

UPGRADE_MS = 90000


def add_package(page, t, path, version):
    """Step 1: the upload reads the package and fills the form in."""
    page.goto("/packages/new")
    page.get_by_label(t("package.file")).set_input_files(path)
    page.get_by_text(t("package.ours")).wait_for()
    assert page.get_by_label(t("package.target_version")).input_value() == version
    assert page.get_by_label(t("package.name")).input_value() == path.stem
    page.get_by_role("button", name=t("act.add"), exact=True).click()
    page.wait_for_url(re.compile(r"/packages/\d+$"))


def add_board(page, t, package, version):
    """Steps 4 and 5: the board connects, and tells its version; its device key."""
    page.goto("/bench")
    page.get_by_label(t("bench.first")).select_option(label=package)
    page.locator("#add-board").get_by_role("button", name=t("act.add"), exact=True).click()
    page.locator("#list td", has_text="board-").last.wait_for()
    page.goto("/devices")
    row = page.locator("tbody tr", has_text=version)
    row.wait_for(timeout=UPGRADE_MS)
    return row.locator("a").first.inner_text()


def name_plan(page, t, name):
    """Step 3, i and ii."""
    page.goto("/plans/new")
    page.get_by_role("button", name=t("plan.next"), exact=True).click()
    page.get_by_label(t("plan.name")).fill(name)


def choose_component(page, t, package):
    """Step 3, iii and iv; up to the dry run."""
    page.get_by_role("button", name=t("plan.next"), exact=True).click()
    page.wait_for_url("**/edit")
    page.get_by_label(t("component.identifier")).first.fill("MCU")
    page.get_by_label(t("component.package")).first.select_option(label=package)
    page.locator("#components button.primary").click()
    page.get_by_text("2", exact=True).wait_for()  # the row for another one
    page.get_by_role("link", name=t("plan.check")).click()


def push(page, t):
    """Step 3, v, and 6: the plan is activated, and the clock moved on to the grid's next slot."""
    page.get_by_role("button", name=t("plan.activate"), exact=True).click()
    page.wait_for_url("**/monitor")
    page.get_by_role("button", name=t("clock.slot"), exact=True).click()
