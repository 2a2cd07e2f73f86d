"""What stands before every request: who may ask, from where, and how much they may send."""

import hmac
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse

COOKIE = "qsota_token"
BODY_MAX = 2 << 20  # bytes of a form; a list of 10,000 devices has 330 kB
_LOCAL = ("127.0.0.1", "localhost", "::1")
_OPEN = ("/static/", "/login")  # what needs no token
_FILES = "/api/v1/files"  # bounded as it is stored
_HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'; object-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class Guard:
    """ASGI middleware.

    token: what every request must bring, as a bearer or as the cookie that the login page sets;
    None: nobody is asked, which is for loopback: then only requests for a local name are answered,
    so that no page of elsewhere gets here by a name of its own that points to this host.
    """

    def __init__(self, app: Any, token: str | None):
        self._app = app
        self._token = token

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]
        }
        answer = self._refusal(scope, headers)
        if answer:
            await answer(scope, receive, send)
            return
        files = scope["path"] == _FILES
        bounded = receive if files else _bounded(receive)
        await self._app(scope, bounded, _with_headers(send))

    def _refusal(self, scope: dict, headers: dict[str, str]) -> Any:
        path = scope["path"]
        if self._token is None and _host(headers) not in _LOCAL:
            return _error(403, "host", "this console is asked by a name of this host only")
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and _from_elsewhere(headers):
            return _error(403, "origin", "the request comes from a page of another site")
        if self._token is None or path.startswith(_OPEN) or self._known(headers):
            return None
        if path.startswith("/api/") or path == "/openapi.json":
            return _error(401, "token", "a token is needed: Authorization: Bearer TOKEN")
        return RedirectResponse("/login", 303)

    def _known(self, headers: dict[str, str]) -> bool:
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self.right(given):
            return True
        cookie = SimpleCookie(headers.get("cookie", ""))
        return COOKIE in cookie and self.right(cookie[COOKIE].value)

    def right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self._token or "").encode())


def _host(headers: dict[str, str]) -> str | None:
    try:
        return urlsplit("//" + headers.get("host", "")).hostname
    except ValueError:
        return None


def _from_elsewhere(headers: dict[str, str]) -> bool:
    """Browsers tell where a request comes from; scripts do not, and have no cookie either."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _error(status: int, field: str, text: str) -> JSONResponse:
    errors = [{"field": field, "code": "refused", "text": text, "facts": {}}]
    return JSONResponse({"errors": errors}, status)


def _bounded(receive: Callable) -> Callable:
    size = 0

    async def limited() -> dict:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > BODY_MAX:
            raise HTTPException(413, f"a form has at most {BODY_MAX} bytes")
        return message

    return limited


def _with_headers(send: Callable) -> Callable:
    added = [(name.encode(), text.encode()) for name, text in _HEADERS.items()]

    async def extended(message: dict) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return extended
