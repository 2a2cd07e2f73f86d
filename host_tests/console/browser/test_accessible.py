"""Every page as axe sees it, light and dark: nothing is found. And what needs no mouse."""

from pathlib import Path

import pytest

from qsota_tools.console.words import Words

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
MISSING = "/plans/99"
PAGES = (
    *("/", "/products", "/devices", "/packages", "/packages/new", "/packages/1", "/plans"),
    *("/plans/new", "/plans/3", "/plans/3/edit", "/plans/3/monitor", "/bench", "/api", "/login"),
    "/device?product=p1SIMU&key=860000000000001",
)


def wait_for_the_device(site, page):
    page.goto("/devices")
    page.get_by_role("link", name="860000000000001").wait_for()


# The themes differ in their colours only.
@pytest.mark.parametrize("theme, rules", [("light", None), ("dark", ["color-contrast"])])
def test_axe_finds_nothing_on_any_page(demo, page_of, theme, rules):
    page = page_of(demo, theme=theme)
    wait_for_the_device(demo, page)
    problems = []
    for path in (*PAGES, MISSING):
        assert page.goto(path).status == (404 if path == MISSING else 200), path
        page.evaluate(
            "for (const found of document.querySelectorAll('details')) found.open = true"
        )
        page.evaluate(AXE)
        found = page.evaluate("rules => axe.run(rules ? {runOnly: rules} : {})", rules)
        problems += [
            (path, rule["id"], [node["html"] for node in rule["nodes"][:3]])
            for rule in found["violations"]
        ]
    assert problems == []


def test_the_first_tab_leads_past_the_navigation(demo, page_of):
    page = page_of(demo)
    page.goto("/plans")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_theme_and_the_language_are_kept(demo, page_of):
    page = page_of(demo)
    page.goto("/plans")
    page.get_by_role("button", name="Light / dark").click()
    page.get_by_role("link", name="中文").click()
    page.goto("/devices")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("h1").inner_text() == "设备"


def tab_to(page, name):
    """From where the focus is."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"no way to {name}")


def test_a_plan_is_made_and_activated_without_a_mouse(demo, page_of):
    t, page = Words("en"), page_of(demo)
    page.goto("/plans")
    tab_to(page, t("plan.add"))
    page.keyboard.press("Enter")
    page.get_by_label(t("plan.name")).wait_for()
    while page.evaluate("document.activeElement.name") != "name":
        page.keyboard.press("Tab")
    page.keyboard.type("by hand")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit")
    while page.evaluate("document.activeElement.name") != "components[0].identifier":
        page.keyboard.press("Tab")
    page.keyboard.type("MCU")
    page.keyboard.press("Enter")
    page.get_by_text("2", exact=True).wait_for()  # the row for another one
    tab_to(page, "v. " + t("plan.check"))
    page.keyboard.press("Enter")
    page.get_by_role("button", name=t("plan.activate"), exact=True).wait_for()
    tab_to(page, t("plan.activate"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/monitor")
    assert page.locator("#state .s-active, #state .s-upgrading").count() == 1


def test_each_action_of_each_page_can_be_copied_as_a_curl_command(demo, page_of):
    page = page_of(demo)
    wait_for_the_device(demo, page)
    for path in PAGES:
        page.goto(path)
        forms = page.locator("form[data-api]").count()
        assert page.locator("form[data-api] .curl").count() == forms, path
        assert forms or path in ("/api", "/login")
    page.goto("/plans/3")
    page.locator(".bar .curl").first.click()
    page.wait_for_function("document.querySelector('#toast').textContent")
    command = page.locator("#toast").inner_text()
    assert f"curl -X POST '{demo.url}/api/v1/plans/3/suspend'" in command
