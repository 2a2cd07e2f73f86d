"""What changed between two slot images, file by file."""

from typing import TypedDict

from qsota_tools.package.image import image_files


class Changes(TypedDict):
    """Paths with sizes in bytes: (before, after) where both had the file."""

    added: dict[str, int]
    removed: dict[str, int]
    changed: dict[str, tuple[int, int]]
    same: int


def compare(old: bytes, new: bytes) -> Changes:
    """The differences from old to new, two ROMFS images; UserError if one of them is none."""
    before, after = dict(image_files(old)), dict(image_files(new))
    both = [path for path in after if path in before]
    changed = [path for path in both if before[path] != after[path]]
    return {
        "added": {path: len(data) for path, data in after.items() if path not in before},
        "removed": {path: len(data) for path, data in before.items() if path not in after},
        "changed": {path: (len(before[path]), len(after[path])) for path in changed},
        "same": len(both) - len(changed),
    }
