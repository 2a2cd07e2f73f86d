"""A console with a virtual board, and Chromium in front of it."""

import socket
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from qsota_tools import boards
from qsota_tools.center.service import Service
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.console import demo_start, web_app
from qsota_tools.console.console import Console
from qsota_tools.console.workbench import Bench
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM.exists():
        pytest.skip("no chromium here (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


class Site:
    """A console on a port of this host, on a thread of its own."""

    def __init__(self, folder):
        self.service = Service(f"sqlite:///{folder}/center.db", folder / "files").start()
        bench = Bench(self.service, folder / "boards", timing="none")
        self.console = Console(self.service, bench)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            web_app.create(self.console), log_level="error", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )
        self._thread.start()
        end = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < end
            time.sleep(0.05)

    def stop(self):
        self._server.should_exit = True
        self.console.stop()
        self._thread.join()
        self.service.stop()


@pytest.fixture
def site(chromium, tmp_path):
    made = Site(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def demo(site):
    """The console that `qsota center --demo` begins with."""
    demo_start.fill(site.console)
    return site


@pytest.fixture(scope="session")
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


@pytest.fixture
def page_of(chromium):
    """Open pages; each must be without an error in its console at the end."""
    contexts, problems = [], []

    def open_page(site, language="en", theme="light"):
        context = chromium.new_context(
            base_url=site.url, locale=language, color_scheme=theme, viewport=None
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
