"""What happens, as it happens."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from qsota_tools.console.api.parts import ERRORS, Key, Parts, ProductKey

router = APIRouter(tags=["events"], responses=ERRORS)


@router.get("/events", response_class=StreamingResponse)
async def watch(
    parts: Parts,
    plan: Annotated[int | None, Query(ge=1)] = None,
    product: ProductKey | None = None,
    device: Key | None = None,
    lines: Annotated[bool, Query(description="also each line on a UART")] = False,
) -> StreamingResponse:
    """Server-sent events: ms, kind, product, device, plan, fields."""
    stream = parts.live.stream(not lines, plan=plan, product=product, device=device)
    headers = {"cache-control": "no-store"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
