"""qsota.toml: what a project's releases have in common, so that nobody types it."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import NamedTuple

from qsota.update import package
from qsota_tools.common import files, ui
from qsota_tools.common.errors import UserError

NAME = "qsota.toml"

_TEXTS = ("app", "board", "component", "key", "password_env", "version")
_KEYS = (*_TEXTS, "version_file")
_IN_CODE = re.compile(r"^\s*(?:__version__|VERSION)\s*=\s*[\"'](.+?)[\"']", re.M)
_GIT_S = 20


class Project(NamedTuple):
    """path: the file; the rest: what it says, None where it says nothing. Names of files are
    relative to its folder."""

    path: Path
    app: Path | None = None
    board: str | None = None
    component: str | None = None
    key: Path | None = None
    password_env: str | None = None
    version: str | None = None
    version_file: Path | None = None

    def version_now(self) -> str | None:
        """The version that the rule of the project gives now; UserError if it gives none."""
        if self.version_file:
            return _version_in(self.version_file)
        if self.version == "git":
            return _version_of_git(self.path.parent)
        return self.version


def find(start: Path) -> Project | None:
    """The project that a folder is in; UserError if its file is not right."""
    folder = start.resolve()
    for place in (folder, *folder.parents):
        if (place / NAME).is_file():
            return load(place / NAME)
    return None


def load(path: Path) -> Project:
    """The project of this file; UserError."""
    try:
        told = tomllib.loads(files.read_text(path))
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
    for key, value in told.items():
        if key not in _KEYS:
            raise UserError(f"{path}: {key}: unknown key{ui.meant(key, _KEYS)}")
        if not isinstance(value, str) or not value:
            raise UserError(f"{path}: {key}: must be a text")
    if "version" in told and "version_file" in told:
        raise UserError(f"{path}: version or version_file, not both")
    for key in ("app", "key", "version_file"):
        if key in told:
            told[key] = path.parent / told[key]
    board = told.get("board", "")
    if board.endswith(".toml"):
        told["board"] = str(path.parent / board)
    return Project(path, **told)


def _version_in(path: Path) -> str:
    """From code (VERSION = "1.0.1"), or all that a text file holds."""
    text = files.read_text(path)
    found = _IN_CODE.search(text)
    return _checked(found[1] if found else text.strip(), str(path))


def _version_of_git(folder: Path) -> str:
    """The tag of the commit, or how far it is behind the last one: v1.0.1 is 1.0.1, and three
    commits later it is 1.0.1-3-g1a2b3c4; -dirty, if something is not committed."""
    command = ("git", "-C", str(folder), "describe", "--tags", "--dirty")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_S)
    except (OSError, subprocess.TimeoutExpired):
        raise UserError('version = "git": git does not run here') from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it failed"])[-1]
        raise UserError(f'version = "git": {said}')
    return _checked(re.sub(r"^v(?=\d)", "", done.stdout.strip()), "the tag in git")


def _checked(version: str, source: str) -> str:
    if not package.valid_name(version, package.VERSION_MAX):
        most = package.VERSION_MAX
        raise UserError(f"{source}: {version!r} is no version: 1 to {most} of A-Z a-z 0-9 _ - .")
    return version
