"""The values of the upload form, as every command shows them that makes a package."""

import json
from pathlib import Path

from qsota_tools.package.form import upload_form


def print_form(data: bytes, path: Path, source: str, as_json: bool) -> None:
    """Show what the cloud's upload form asks for; source: the version that a delta starts from."""
    form = upload_form(data, path, source)
    if as_json:
        print(json.dumps(form, indent=2))
        return
    for key, value in form.items():
        print(f"{key.replace('_', ' '):<15} {value}")
