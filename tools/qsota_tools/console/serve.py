"""The console as a program: the Center, its boards, and the web server."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from qsota_tools.center.service import Service
from qsota_tools.common.errors import UserError
from qsota_tools.console import demo_start, web_app
from qsota_tools.console.console import Console
from qsota_tools.console.workbench import Bench

LOCAL = ("127.0.0.1", "localhost", "::1")
_LAST_REQUESTS_S = 1


@dataclass
class Options:
    """data: package files, boards, and the database unless `url` names one; modules: ports that
    real boards are wired to; demo: begin with a product, two packages, a board and a plan."""

    data: Path
    url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    modules: tuple[str, ...] = ()
    demo: bool = False
    timing: str = "real"


def run(options: Options, on_ready: Callable[[], None]) -> None:
    """Until Ctrl-C. UserError if it cannot listen there, or would be open to the network without a
    token."""
    if options.host not in LOCAL and not options.token:
        raise UserError(f"{options.host} is not this host alone: a --token is needed")
    options.data.mkdir(parents=True, exist_ok=True)
    url = options.url or f"sqlite:///{options.data.absolute()}/center.db"
    with (
        _listen(options.host, options.port) as listener,
        Service(url, options.data / "files") as service,
    ):
        bench = Bench(service, options.data / "boards", options.timing)
        console = Console(service, bench)
        try:
            bench.restore()
            for port in options.modules:
                bench.attach(port)
            if options.demo:
                demo_start.fill(console)
            app = web_app.create(console, options.token)
            config = uvicorn.Config(
                app, log_level="warning", timeout_graceful_shutdown=_LAST_REQUESTS_S
            )
            on_ready()
            uvicorn.Server(config).run([listener])
        finally:
            console.stop()


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return socket.create_server(found[0][4], family=found[0][0])
    except (OSError, ValueError) as error:  # ValueError: no name that could be looked up
        raise UserError(f"{host}:{port}: {getattr(error, 'strerror', None) or error}") from None
