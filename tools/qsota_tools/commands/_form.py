"""The values of the upload form, as every command shows them that makes a package."""

import json
from pathlib import Path

from qsota_tools.package.form import upload_form


def print_form(data: bytes, path: Path, source: str) -> None:
    """Show what the cloud's upload form asks for; source: the version that a delta starts from."""
    for key, value in upload_form(data, path, source).items():
        shown = "that of the package it starts from" if value is None else value
        print(f"{key.replace('_', ' '):<15} {shown}")


def print_json(data: bytes, path: Path, source: str, **more: object) -> None:
    """The same for a program."""
    print(json.dumps(upload_form(data, path, source) | more, indent=2))
