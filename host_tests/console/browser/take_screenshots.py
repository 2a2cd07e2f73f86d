"""Takes the screenshots of docs/center.md, light and dark:

.venv/bin/python host_tests/console/browser/take_screenshots.py
"""

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
DEVICE = "/device?product=p1SIMU&key=860000000000001"
PAGES = {
    "overview": "/",
    "products": "/products",
    "devices": "/devices",
    "packages": "/packages",
    "package-new": "/packages/new",
    "package": "/packages/2",
    "plans": "/plans",
    "plan-form": "/plans/6/edit",
    "plan": "/plans/6",
    "monitor": "/plans/3/monitor",
    "device": DEVICE,
    "bench": "/bench",
}
DARK = ("overview", "plan-form", "plan", "monitor", "device")  # the others would only weigh more


def fill(site):
    """More than the demo has: a plan that is not active yet, and a device that is off-line."""
    service = site.service
    demo_start.fill(site.console)
    service.devices.add("p1SIMU", [f"fan-{n:03}" for n in range(30)])
    now = service.clock.get()["now"]
    fields = {"name": "Nightly", "product": "p1SIMU", "zone": "Europe/Berlin", "window": [2, 5]}
    more = {"start": now, "end": now + 10 * 86400000, "blacklist": ["fan-007"]}
    plan = service.plans.create(fields | more)
    service.plans.set_components(plan["id"], [{"identifier": "MCU", "package": 2}])
    site.console.fleets.add({"devices": 20, "cuts": 5, "links": 5, "refusals": 5})
    PAGES["plan"], PAGES["plan-form"] = f"/plans/{plan['id']}", f"/plans/{plan['id']}/edit"


def main():
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Site(Path(folder))
        fill(site)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for theme in ("light", "dark"):
            context = browser.new_context(
                base_url=site.url,
                color_scheme=theme,
                locale="en",
                viewport={"width": 1200, "height": 760},
            )
            page = context.new_page()
            page.goto("/plans/3/monitor")
            page.locator("#list .s-upgraded").wait_for(timeout=90000)
            for name, path in PAGES.items():
                if theme == "dark" and name not in DARK:
                    continue
                page.goto(path)
                page.wait_for_timeout(700)  # the first events have been shown
                page.screenshot(path=OUT / f"{name}-{theme}.png", full_page=name == "device")
        browser.close()
        site.stop()


if __name__ == "__main__":
    main()
