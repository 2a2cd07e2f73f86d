"""Every error of the API in one form: {"errors": [{field, code, text, facts}]}, with a 4xx.
Whoever asked for a page gets one that says the same."""

import json
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from qsota_tools.center.complaints import BadInput, Complaint
from qsota_tools.common.errors import UserError
from qsota_tools.console.rendering import render
from qsota_tools.console.words import Words, language_of

# What the state of things forbids, not the form
_CONFLICTS = (
    *("fixed", "in-use", "not-in-status", "already-verified", "verifying", "not-failed"),
    *("retry-in-app", "plan-not-upgrading", "plan-over", "running", "not-running", "not-offered"),
    *("on-line", "newer", "text-mandatory", "manual-only"),
)


def install(app: FastAPI) -> None:
    app.add_exception_handler(BadInput, _bad_input)
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)


def _answer(request: Request, status: int, errors: list[dict[str, Any]]) -> Response:
    """JSON as ASCII, since names from devices may have what UTF-8 cannot hold."""
    page = not request.url.path.startswith(("/api/", "/static/"))
    if page and "text/html" in request.headers.get("accept", ""):
        return render(request, "refused.html", status, errors=errors)
    text = json.dumps({"errors": errors}, default=str)
    return Response(text, status, media_type="application/json")


def _bad_input(request: Request, error: Any) -> Response:
    words = Words(language_of(request))
    errors = [
        {"field": c.field, "code": c.code, "text": words.complaint(c), "facts": c.facts}
        for c in error.complaints
    ]
    return _answer(request, _status(request, error.complaints), errors)


def _status(request: Request, complaints: tuple[Complaint, ...]) -> int:
    if all(c.code == "unknown" and _addressed(request, c) for c in complaints):
        return 404
    if all(c.code in _CONFLICTS for c in complaints):
        return 409
    if any(c.code == "file-too-large" for c in complaints):
        return 413
    return 422


def _addressed(request: Request, complaint: Complaint) -> bool:
    """What is not known is the object in the address, not one that the form names."""
    names = [*request.path_params.values(), *request.query_params.values()]
    return str(complaint.facts.get("value")) in map(str, names)


def _user_error(request: Request, error: Any) -> Response:
    """The database or the disk cannot be written, or a file is not what it must be."""
    console = request.app.state.console
    status = 503 if console.service.failure else 507 if "disk is full" in str(error) else 422
    return _answer(
        request, status, [{"field": "", "code": "failed", "text": str(error), "facts": {}}]
    )


def _not_valid(request: Request, error: Any) -> Response:
    errors = []
    for found in error.errors():
        field = ".".join(str(part) for part in found["loc"][1:] if part != "body")
        errors.append({"field": field, "code": "wrong-type", "text": found["msg"], "facts": {}})
    return _answer(request, 422, errors)


def _http(request: Request, error: Any) -> Response:
    found = {"field": "", "code": "http", "text": str(error.detail), "facts": {}}
    response = _answer(request, error.status_code, [found])
    response.headers.update(error.headers or {})
    return response
