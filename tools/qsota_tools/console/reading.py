"""What an uploaded file says of itself, to fill the form in."""

from pathlib import Path
from typing import Any

from qsota_tools.common.errors import UserError
from qsota_tools.package.form import upload_form
from qsota_tools.package.inspect import explain

_LARGEST = 16 << 20  # bytes: no package of ours is larger than a board's flash


def read_package(path: Path, name: str) -> dict[str, Any]:
    """{ours: True, name, package_type, target_version, source_version, component, board,
    signed_by}, or {ours: False, remark}: the platform takes such a file as well."""
    if path.stat().st_size > _LARGEST:
        return {"ours": False, "remark": "larger than any board's flash"}
    data = path.read_bytes()
    try:
        explain(data)
    except UserError as error:
        return {"ours": False, "remark": str(error)}
    form = upload_form(data, Path(name), "")
    kept = ("package_type", "target_version", "component", "board", "signed_by")
    found = {key: form[key] for key in kept}
    return {
        "ours": True,
        "name": Path(name).name.split(".")[0][:100],
        "component_type": "mcu",
        "source_version": form.get("source_version") or "",
        **found,
    }
