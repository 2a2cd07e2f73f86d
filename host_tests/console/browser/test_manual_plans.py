"""The user's side of a plan that is confirmed by hand, on the device page, with devices that run
the updater: confirm, cancel, appoint, confirmations that come by themselves."""

from datetime import datetime, timedelta

import pytest

from qsota_tools import boards
from qsota_tools.console.words import Words
from qsota_tools.package.make import make_package

PRODUCT = "p1SIMU"
HOUR = 3600000
UPGRADE_MS = 90000


@pytest.fixture
def desk(site):
    """A manual plan that is active, and a fleet of four; the clock runs 60 times as fast."""
    service = site.service
    service.clock.run(60)
    service.products.create({"key": PRODUCT, "name": "Diffuser"})
    data = make_package(b"image" * 200, boards.load("VIRTUAL"), "MCU", "2_0_0")
    file = service.packages.upload("app.bin", [data])
    fields = {"name": "app", "component_type": "mcu", "package_type": "full"}
    package = service.packages.create({**fields, "target_version": "2_0_0"}, [file["sha256"]])
    now = service.clock.get()["now"]
    fields = {"name": "spring", "product": PRODUCT, "zone": "UTC", "mode": "manual"}
    plan = service.plans.create({**fields, "start": now, "end": now + 400 * HOUR})["id"]
    service.plans.set_components(plan, [{"identifier": "MCU", "package": package["id"]}])
    for language, text in (("zh", "升级说明"), ("en", "What is new")):
        service.plans.set_text(plan, language, text)
    service.plans.activate(plan)
    site.console.fleets.add({"devices": 4})
    return service


def open_device(page, t, number):
    page.goto("/devices?online=yes")
    page.locator("tbody tr").nth(3).wait_for(timeout=UPGRADE_MS)
    page.locator("tbody a[href^='/device']").nth(number).click()
    page.get_by_role("heading", name=t("app.title")).wait_for()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_user_confirms_cancels_appoints_or_lets_it_be_confirmed(site, desk, page_of, language):
    t, page = Words(language), page_of(site, language)
    app = page.locator("#app")

    open_device(page, t, 0)
    assert {"en": "What is new", "zh": "升级说明"}[language] in app.inner_text()
    app.get_by_role("button", name=t("app.confirm"), exact=True).click()
    page.locator("#head .s-upgraded").wait_for(timeout=UPGRADE_MS)

    open_device(page, t, 1)
    app.get_by_role("button", name=t("app.cancel"), exact=True).click()
    page.locator("#head .s-failed").wait_for(timeout=UPGRADE_MS)

    open_device(page, t, 2)
    begin = datetime.fromtimestamp(desk.clock.get()["now"] / 1000) + timedelta(hours=30)
    for name, hours in (("start", 0), ("end", 0.5)):
        moment = (begin + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")
        app.locator(f"[name={name}]").fill(moment)
    appoint = app.get_by_role("button", name=t("app.appoint"), exact=True)
    appoint.click()
    assert app.locator(".error").inner_text() == t("complaint.shorter-than-an-hour")
    moment = (begin + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    app.locator("[name=end]").fill(moment)
    with page.expect_navigation():
        appoint.click()
    page.locator("#log", has_text=t("event.user-appointed")).wait_for()
    assert page.locator("#head .s-upgraded").count() == 0

    open_device(page, t, 3)
    with page.expect_navigation():
        app.get_by_role("button", name=t("app.switch"), exact=True).click()
    page.get_by_role("button", name=t("clock.slot"), exact=True).click()
    page.locator("#head .s-upgraded").wait_for(timeout=UPGRADE_MS)
