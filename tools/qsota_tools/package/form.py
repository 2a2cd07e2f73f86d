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
    """The values for a package in that file; source: the version that a delta starts from, where
    that is known."""
    header = package.parse(data)
    is_delta = header.kind == package.DELTA
    form = {
        "file": str(path),
        "name": path.stem,
        "component_type": "MCU (SOTA)",
        "package_type": "delta" if is_delta else "full",
        "component": header.component,
    }
    if is_delta:
        form["source_version"] = source or None
    return form | {
        "target_version": header.version,
        "board": header.board,
        "signed_by": f"key {header.key_id:08x}" if header.key_id else "nobody",
        "size": len(data),
        **digests(data),
    }
