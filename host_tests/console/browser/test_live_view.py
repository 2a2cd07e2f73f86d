"""What a page shows goes on by itself, and leaves alone what somebody has chosen on it."""

import pytest

from qsota_tools.console.words import Words

DEVICE = "/device?product=p1SIMU&key=860000000000001"
T = Words("en")


@pytest.fixture
def page(demo, page_of):
    """The page of a board, when the board has upgraded and nothing more will happen."""
    made = page_of(demo)
    made.goto("/plans/3/monitor")
    made.locator("#list .s-upgraded").wait_for(timeout=90000)
    made.goto(DEVICE)
    return made


def something_happens(demo, page):
    """The board's module loses its connection, and is back when the page shows it."""
    connected = page.locator("#log .line", has_text=T("event.connected"))
    before = connected.count()
    demo.console.bench.fault("board-1", "lose-link")
    connected.nth(before).wait_for()


def test_a_line_that_is_marked_stays_marked_and_in_sight(demo, page):
    page.locator("#log .line", has_text=T("event.offered")).first.click()
    marked = page.locator(".line.at")
    assert marked.count() == 2
    before = [marked.nth(n).get_attribute("id") for n in (0, 1)]
    something_happens(demo, page)
    assert [marked.nth(n).get_attribute("id") for n in (0, 1)] == before
    assert page.evaluate("document.activeElement.id") == before[0]
    top = "box => box.querySelector('.at').offsetTop - box.scrollTop"
    for box in ("#log", "#transcript"):
        assert 0 <= page.locator(box).evaluate(top) < page.locator(box).bounding_box()["height"]


def test_a_log_is_shown_up_to_its_end_until_somebody_reads_back(demo, page):
    rest = "box => box.scrollHeight - box.clientHeight - box.scrollTop"
    log = page.locator("#log")
    something_happens(demo, page)
    assert log.evaluate(rest) < 2
    log.evaluate("box => { box.scrollTop = 0; }")
    something_happens(demo, page)
    assert log.evaluate("box => box.scrollTop") == 0


def test_the_page_goes_on_after_an_answer_that_did_not_come(demo, page):
    page.route("**/device?*", lambda route: route.abort())
    demo.console.bench.fault("board-1", "lose-link")
    page.wait_for_event("requestfailed")
    page.unroute("**/device?*")
    something_happens(demo, page)


def test_what_is_being_typed_is_not_taken_away(demo, page):
    page.goto("/bench")
    page.get_by_label(T("fleet.devices")).fill("17")
    demo.console.bench.add()
    page.locator("#list", has_text="board-2").wait_for()
    assert page.get_by_label(T("fleet.devices")).input_value() == "17"
