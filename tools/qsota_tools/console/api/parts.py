"""What the routes have in common: the console, and how objects are named in an address."""

from typing import Annotated, Any

from fastapi import Body, Depends, Path, Query, Request

from qsota_tools.center.service import Service
from qsota_tools.console.console import Console

_INT_MAX = (1 << 53) - 1  # what every reader of JSON can count to

Fields = Annotated[dict[str, Any], Body(description="the fields of the form")]
Id = Annotated[int, Path(ge=1, le=_INT_MAX)]
Start = Annotated[int, Query(ge=0, le=_INT_MAX, description="rows to leave out")]
Limit = Annotated[int, Query(ge=1, le=1000, description="rows at most")]
After = Annotated[int, Query(ge=0, le=_INT_MAX, description="entries behind this id")]
Key = Annotated[str, Query(max_length=200, description="the device's key")]
ProductKey = Annotated[str, Query(max_length=200, description="the product's key")]
Text = Annotated[str, Query(max_length=200, description="a part of a name or version")]


def console(request: Request) -> Console:
    return request.app.state.console


def service(request: Request) -> Service:
    return request.app.state.console.service


Desk = Annotated[Service, Depends(service)]
Parts = Annotated[Console, Depends(console)]

# What every route may answer besides
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": text,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["errors"],
                    "properties": {
                        "errors": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["field", "code", "text", "facts"],
                                "properties": {
                                    "field": {"type": "string"},
                                    "code": {"type": "string"},
                                    "text": {"type": "string"},
                                    "facts": {"type": "object"},
                                },
                            },
                        }
                    },
                }
            }
        },
    }
    for status, text in (
        (400, "no JSON"),
        (401, "a token is needed"),
        (403, "from a page of another site"),
        (404, "not known"),
        (409, "not in this state"),
        (413, "too large"),
        (422, "fields are wrong"),
        (503, "the database cannot be written"),
        (507, "the disk is full"),
    )
}
