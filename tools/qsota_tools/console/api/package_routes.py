"""Files, version packages, verification."""

from collections.abc import Iterator
from typing import Annotated, Any

from anyio import from_thread
from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from qsota_tools.center.complaints import refuse
from qsota_tools.console.api.parts import ERRORS, Desk, Fields, Id, Limit, Start, Text
from qsota_tools.console.reading import read_package

router = APIRouter(tags=["packages"], responses=ERRORS)

_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/files",
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": _BYTES}},
)
async def upload_file(
    request: Request, desk: Desk, name: Annotated[str, Query(max_length=300)]
) -> dict[str, Any]:
    """Store a file of at most 100 MB, sent as the body: its sums, and what was found in it."""
    stream = request.stream()

    def chunks() -> Iterator[bytes]:
        while chunk := from_thread.run(_next, stream):
            yield chunk

    def store() -> dict[str, Any]:
        file = desk.packages.upload(name, chunks())
        path = desk.packages.path(file["sha256"])
        return {**file, "inspection": read_package(path, file["name"])}

    return await run_sync(store)


async def _next(stream: Any) -> bytes:
    """The next piece that is not empty, b"" at the end."""
    async for chunk in stream:
        if chunk:
            return chunk
    return b""


@router.get("/files/{sha256}", response_class=FileResponse)
def download_file(desk: Desk, sha256: str) -> FileResponse:
    path = desk.packages.path(sha256)
    return FileResponse(path, media_type="application/octet-stream", filename=f"{sha256}.bin")


@router.get("/packages")
def list_packages(
    desk: Desk, text: Text = "", start: Start = 0, limit: Limit = 50
) -> dict[str, Any]:
    return desk.packages.find(text, start, limit)


@router.post("/packages", status_code=201)
def create_package(desk: Desk, fields: Fields) -> dict[str, Any]:
    """name, component_type (module, mcu), package_type (full, delta), target_version,
    source_version (delta only), remarks; files: the SHA-256 of what was uploaded."""
    rest = dict(fields)
    files = rest.pop("files", [])
    if not isinstance(files, list) or not all(isinstance(item, str) for item in files):
        raise refuse("files", "wrong-type", wanted="a list")
    return desk.packages.create(rest, files)


@router.get("/packages/{package}")
def get_package(desk: Desk, package: Id) -> dict[str, Any]:
    return desk.packages.get(package)


@router.patch("/packages/{package}")
def edit_package(desk: Desk, package: Id, fields: Fields) -> dict[str, Any]:
    """remarks; the rest is fixed with the upload."""
    return desk.packages.edit(package, fields)


@router.delete("/packages/{package}", status_code=204)
def delete_package(desk: Desk, package: Id) -> None:
    """Only one that no plan has."""
    desk.packages.delete(package)


@router.post("/verifications", status_code=201)
def verify_package(desk: Desk, fields: Fields) -> dict[str, Any]:
    """On one device, for an hour: package (its id), product, device, component."""
    return desk.packages.verify(fields)
