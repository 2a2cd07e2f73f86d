"""`qsota center VERB`: the REST API from the command line."""

import argparse
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import IO, Any

from qsota_tools.common import files, ui
from qsota_tools.common.errors import UserError

_TIMEOUT_S = 60
_DAY_MS = 86400000
_OPEN = ("not-upgraded", "in-progress")


class Client:
    """Talks to a console that runs; UserError with what it says is wrong."""

    def __init__(self, url: str, token: str | None = None):
        self._url = url.rstrip("/") + "/api/v1"
        self._token = token

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with self.open(method, path, data) as response:
            text = response.read()
        return json.loads(text) if text else None

    def open(
        self, method: str, path: str, data: Any = None, kind: str = "application/json"
    ) -> IO[bytes]:
        try:
            request = urllib.request.Request(self._url + path, data, method=method)
            if data is not None:
                request.add_header("Content-Type", kind)
            if self._token:
                request.add_header("Authorization", f"Bearer {self._token}")
            return urllib.request.urlopen(request, timeout=_TIMEOUT_S)
        except urllib.error.HTTPError as error:
            raise UserError(_complaints(error)) from None
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise UserError(f"{self._url}: {getattr(error, 'reason', error)}") from None


def _complaints(error: urllib.error.HTTPError) -> str:
    try:
        errors = json.loads(error.read())["errors"]
        return "; ".join(f"{e['field']}: {e['text']}".removeprefix(": ") for e in errors)
    except (ValueError, KeyError):
        return f"the console answers {error.code} {error.reason}"


def run(args: argparse.Namespace) -> int:
    client = Client(args.url, args.token)
    return {
        "upload": _upload,
        "plan": _plan,
        "activate": _activate,
        "watch": _watch,
        "export": _export,
    }[args.verb](client, args)


def _upload(client: Client, args: argparse.Namespace) -> int:
    path: Path = args.file
    name = urllib.parse.quote(path.name)
    size = files.size(path)
    with path.open("rb") as file:
        request = _Sized(file, size)
        with client.open(
            "POST", f"/files?name={name}", request, "application/octet-stream"
        ) as response:
            stored = json.load(response)
    found = stored["inspection"]
    if not found["ours"]:
        ui.note(f"not a package of qsota: {found['remark']}")
    fields = {
        "name": args.name or path.name.split(".")[0],
        "component_type": "mcu",
        "package_type": "delta" if args.source else found.get("package_type", "full"),
        "target_version": args.target or found.get("target_version", ""),
        "remarks": args.remarks or "",
        "files": [stored["sha256"]],
    }
    source = args.source or found.get("source_version")
    ui.print_json(
        client.call("POST", "/packages", fields | ({"source_version": source} if source else {}))
    )
    return 0


class _Sized:
    """A file that is sent piece by piece, with its length told before."""

    def __init__(self, file: IO[bytes], size: int):
        self._file = file
        self._size = size

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)


def _plan(client: Client, args: argparse.Namespace) -> int:
    now = client.call("GET", "/clock")["now"]
    fields = {"name": args.name, "product": args.product, "zone": args.zone, "start": now}
    plan = client.call("POST", "/plans", {**fields, "end": now + args.days * _DAY_MS})
    rows = [{"identifier": args.component, "package": args.package}]
    ui.print_json(client.call("PUT", f"/plans/{plan['id']}/components", {"components": rows}))
    return 0


def _activate(client: Client, args: argparse.Namespace) -> int:
    ui.print_json(client.call("POST", f"/plans/{args.plan}/activate"))
    return 0


def _watch(client: Client, args: argparse.Namespace) -> int:
    """Exit 0 if no device failed."""
    shown = None
    while True:
        counts = client.call("GET", f"/plans/{args.plan}/counts")
        if counts != shown:
            shown = counts
            print(json.dumps(counts), flush=True)
        if not any(counts[name] for name in _OPEN):
            return 1 if counts["failed"] else 0
        time.sleep(1)


def _export(client: Client, args: argparse.Namespace) -> int:
    with client.open("GET", f"/plans/{args.plan}/export?form={args.form}") as response:
        for line in response:
            print(line.decode(), end="")
    return 0
