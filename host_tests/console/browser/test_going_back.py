"""A recall in the console: a board goes back to the version before without a download of it, and
one whose spare slot holds something else refuses."""

import pytest
from walk import UPGRADE_MS, add_board, add_package, choose_component, name_plan, push

from qsota_tools import boards, cli
from qsota_tools.common.record_view import read_record
from qsota_tools.console.words import Words

T = Words("en")


def upgrade(page, plan, package):
    name_plan(page, T, plan)
    choose_component(page, T, package)
    push(page, T)


def row_of(page, key):
    return page.locator("#list tr", has_text=key)


def lines_of(site, name):
    return [line["text"] for line in site.console.bench.known(name).transcript()]


@pytest.fixture
def recall(packages, tmp_path):
    path = tmp_path / "back-1_0_0.bin"
    assert cli.main(["recall", "--to", str(packages["1_0_0"]), "-o", str(path)]) == 0
    return path


def test_a_board_goes_back_without_a_download_and_another_refuses(site, page_of, packages, recall):
    page = page_of(site)
    for version, path in packages.items():
        add_package(page, T, path, version)
    one = add_board(page, T, "node-1_0_0 1_0_0", "1_0_0")
    upgrade(page, "spring", "node-2_0_0 → 2_0_0")
    row_of(page, one).locator(".s-upgraded").wait_for(timeout=UPGRADE_MS)
    site.console.bench.add(packages["2_0_0"].read_bytes())  # its spare slot is empty
    page.goto("/devices?online=yes")
    page.locator("tbody tr", has_text="2_0_0").nth(1).wait_for(timeout=UPGRADE_MS)
    other = site.console.bench.known("board-2").identity[1]

    add_package(page, T, recall, "1_0_0")
    before = len(lines_of(site, "board-1"))
    upgrade(page, "back", "back-1_0_0 → 1_0_0")
    row_of(page, one).locator(".s-upgraded").wait_for(timeout=UPGRADE_MS)
    row_of(page, other).locator(".s-failed").wait_for(timeout=UPGRADE_MS)

    assert "MCU 1_0_0 → 1_0_0" in row_of(page, one).inner_text()
    lines = lines_of(site, "board-1")[before:]
    assert any('10703,"MCU",768,0,768' in line for line in lines)
    assert any("10705" in line for line in lines)
    assert "MCU 2_0_0 → 1_0_0" in row_of(page, other).inner_text()
    assert any("10706" in line for line in lines_of(site, "board-2"))
    flash = site.console.bench.known("board-2").board.flash
    assert read_record(flash, boards.load("VIRTUAL")).reason == "not-in-slot"
