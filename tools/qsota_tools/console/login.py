"""The token, typed in once: a cookie that only this console gets, and no script can read."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from qsota_tools.console.guard import COOKIE
from qsota_tools.console.rendering import render

router = APIRouter()


@router.get("/login")
def ask(request: Request) -> Response:
    return render(request, "login.html", wrong=False)


@router.post("/login")
def check(request: Request, token: Annotated[str, Form()]) -> Response:
    wanted = request.app.state.token
    if wanted is None or not hmac.compare_digest(token.encode(), wanted.encode()):
        return render(request, "login.html", 403, wrong=True)
    response = RedirectResponse("/", 303)
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict")
    return response
