"""What of an application's folder stays out of a package: `.qsotaignore`, and sensible defaults.

One pattern a line, as in .gitignore: `*`, `?` and `[...]`; a `/` at the end means folders only,
one elsewhere a path from the top; `!` takes back what an earlier line leaves out; a line that
begins with `#` is a comment.
"""

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from qsota_tools.common import files

NAME = ".qsotaignore"
DEFAULTS = (
    *(".*", "__pycache__/", "*.pyc", "*.pyo", "*.pyi", "tests/"),
    *("*~", "#*#", "*.bak", "*.orig", "*.rej", "*.swp", "*.tmp"),
    *("Thumbs.db", "desktop.ini", "$RECYCLE.BIN/", "System Volume Information/"),
)


class _Rule(NamedTuple):
    pattern: str
    folders: bool  # for folders only
    anchored: bool  # to the top, else for any name
    out: bool


class Ignored:
    """The rules of one application's folder."""

    def __init__(self, lines: tuple[str, ...] | list[str]):
        self._rules = [_rule(line) for line in lines]

    @classmethod
    def of(cls, directory: Path) -> "Ignored":
        """The defaults, and then what the folder's own file says."""
        path = directory / NAME
        text = files.read_text(path) if path.exists() else ""
        own = (line.strip() for line in text.splitlines())
        return cls([*DEFAULTS, *(line for line in own if line and not line.startswith("#"))])

    def __call__(self, path: PurePosixPath, is_folder: bool) -> bool:
        """Whether this entry stays out; the last rule that fits decides."""
        out = False
        for rule in self._rules:
            name = str(path) if rule.anchored else path.name
            if (is_folder or not rule.folders) and fnmatchcase(name, rule.pattern):
                out = rule.out
        return out


def _rule(line: str) -> _Rule:
    out = not line.startswith("!")
    text = line.removeprefix("!")
    folders = text.endswith("/")
    text = text.rstrip("/")
    return _Rule(text.removeprefix("/"), folders, "/" in text, out)
