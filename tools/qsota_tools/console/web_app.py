"""The web application: guard, API, pages, static files."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware

from qsota_tools.console import login, pages, refusals
from qsota_tools.console.api import (
    app_routes,
    bench_routes,
    clock_routes,
    device_routes,
    event_routes,
    fleet_routes,
    monitor_routes,
    package_routes,
    plan_routes,
    product_routes,
)
from qsota_tools.console.console import HERE, Console
from qsota_tools.console.guard import Guard

API = "/api/v1"
_DESCRIPTION = """Everything that the console does. Times are ms since 1970; devices are named by
the keys of their product and their own, in the query. What is wrong is answered with 4xx and
`{"errors": [{"field", "code", "text", "facts"}]}`."""
_ROUTES = (
    *(product_routes, device_routes, package_routes, plan_routes, monitor_routes, app_routes),
    *(clock_routes, bench_routes, fleet_routes, event_routes),
)


def create(console: Console, token: str | None = None) -> FastAPI:
    """token: see Guard."""
    app = FastAPI(
        title="qsota Developer Center",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(Guard, token=token)],
    )
    app.state.console = console
    app.state.token = token
    refusals.install(app)
    for routes in _ROUTES:
        app.include_router(routes.router, prefix=API)
    app.include_router(pages.router, include_in_schema=False)
    app.include_router(login.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    return app
