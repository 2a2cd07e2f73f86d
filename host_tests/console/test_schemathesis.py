"""Requests made up from the API's own document: none is answered with a 5xx or against it."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    response_schema_conformance,
    status_code_conformance,
)

from qsota_tools.center.service import Service
from qsota_tools.console import web_app
from qsota_tools.console.console import Console
from qsota_tools.console.workbench import Bench

pytestmark = pytest.mark.slow

EXAMPLES = 12  # of each operation
CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]
# One never ends, the other starts a process for each request.
NOT_ASKED = {("/api/v1/events", "get"), ("/api/v1/boards", "post")}
OPERATIONS = [
    (path, method)
    for path, methods in web_app.create(None).openapi()["paths"].items()
    for method in methods
    if (path, method) not in NOT_ASKED
]


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    folder = tmp_path_factory.mktemp("console")
    with Service(f"sqlite:///{folder}/center.db", folder / "files") as service:
        console = Console(service, Bench(service, folder / "boards", timing="none"))
        service.products.create({"key": "p1"})
        service.devices.add("p1", ["d1"])
        app = web_app.create(console)
        yield schemathesis.openapi.from_asgi("/openapi.json", app, headers={"host": "localhost"})
        console.stop()


@pytest.mark.parametrize("path, method", OPERATIONS)
def test_no_request_finds_a_fault(schema, path, method):
    @given(case=schema[path][method].as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        case.call_and_validate(headers={"host": "localhost"}, checks=CHECKS)

    ask()
