"""Takes the screenshots of docs/center.md, light and dark:

.venv/bin/python host_tests/console/browser/take_screenshots.py
"""

import base64
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from qsota_tools.common import shim  # noqa: E402

shim.install()

from conftest import CHROMIUM, Site  # noqa: E402

from qsota_tools.console import demo_start  # noqa: E402

OUT = Path(__file__).parents[3] / "docs" / "console"
FORM = {"format": "webp", "quality": 75}  # a third of what PNG takes
PRODUCT = demo_start.PRODUCT
DEVICE = f"/device?product={PRODUCT}&key=860000000000001"
PAGES = {
    "overview": "/",
    "products": "/products",
    "devices": "/devices",
    "packages": "/packages",
    "package-new": "/packages/new",
    "package": "/packages/{package}",  # with its verification
    "plans": "/plans",
    "plan-form": "/plans/{plan}/edit",
    "plan": "/plans/{plan}",  # with its dry run
    "monitor": "/plans/{running}/monitor",
    "device": DEVICE + "&plan={running}",
    "bench": "/bench",
    "api": "/api",
    "login": "/login",
}
WHOLE = ("device", "bench", "plan-form")  # which are longer than a window


def fill(site, page):
    """More than the demo has, whose board has upgraded: a package that is verified on it, a plan
    that is not active yet, devices that are off-line, a fleet. What the pages are about."""
    service = site.service
    demo_start.fill(site.console)
    running = service.plans.find()["rows"][0]["id"]
    page.goto(f"/plans/{running}/monitor")
    page.locator("#list .s-upgraded").wait_for(timeout=90000)
    package = demo_start.add_package(site.console, "2_0_0", "2_1_0")["id"]
    key = page.locator("#list td a").first.inner_text()
    service.packages.verify(
        {"package": package, "product": PRODUCT, "device": key, "component": "MCU"}
    )
    page.goto(f"/packages/{package}")
    page.locator("#verifications .s-upgraded").wait_for(timeout=90000)
    service.devices.add(PRODUCT, [f"fan-{n:03}" for n in range(30)])
    now = service.clock.get()["now"]
    fields = {"name": "Nightly", "product": PRODUCT, "zone": "Europe/Berlin", "window": [2, 5]}
    more = {"start": now, "end": now + 10 * 86400000, "blacklist": ["fan-007"]}
    plan = service.plans.create(fields | more)["id"]
    service.plans.set_components(plan, [{"identifier": "MCU", "package": package}])
    site.console.fleets.add({"devices": 20, "cuts": 5, "links": 5, "refusals": 5})
    return {"running": running, "package": package, "plan": plan}


def take(page, name, theme):
    """Of what is in the window, or of the whole page."""
    page.wait_for_timeout(700)  # the first events have been shown
    session = page.context.new_cdp_session(page)
    shown = session.send("Page.captureScreenshot", FORM | {"captureBeyondViewport": name in WHOLE})
    (OUT / f"{name}-{theme}.webp").write_bytes(base64.b64decode(shown["data"]))


def open_page(browser, site, theme):
    context = browser.new_context(
        base_url=site.url,
        color_scheme=theme,
        locale="en",
        viewport={"width": 1200, "height": 760},
    )
    return context.new_page()


def main():
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Site(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        about = fill(site, open_page(browser, site, "light"))
        for theme in ("light", "dark"):
            page = open_page(browser, site, theme)
            for name, path in PAGES.items():
                page.goto(path.format(**about))
                take(page, name, theme)
        browser.close()
        site.stop()


if __name__ == "__main__":
    main()
