"""What the cloud's upload form asks for."""

import hashlib
from pathlib import Path

from qsota.update import package
from qsota_tools.common.crc import crc32_mpeg2


def digests(data: bytes) -> dict[str, str]:
    """The sums that the cloud shows for an uploaded file, as it writes them."""
    return {
        "md5": hashlib.md5(data).hexdigest(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "crc32_mpeg2": f"{crc32_mpeg2(data):08x}",
    }


def upload_form(data: bytes, path: Path, source: str) -> dict[str, object]:
    """The values for a package in that file; source: the version that a delta starts from."""
    header = package.parse(data)
    form = {
        "file": str(path),
        "name": path.stem,
        "component_type": "MCU firmware (SOTA)",
        "package_type": "delta" if source else "full",
        "component": header.component,
    }
    if source:
        form["source_version"] = source
    return form | {
        "target_version": header.version,
        "board": header.board,
        "size": len(data),
        **digests(data),
    }
