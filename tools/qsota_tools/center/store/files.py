"""Package files on disk, each named by its SHA-256."""

import errno
import hashlib
import mmap
import os
import re
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from qsota_tools.center.complaints import refuse
from qsota_tools.center.plan import File
from qsota_tools.center.version_packages import FILE_MAX, check_file_name
from qsota_tools.common.crc import START, crc32_mpeg2
from qsota_tools.common.errors import UserError

_UPLOADS_MAX = 20  # that wait for their packages; the oldest is forgotten
_PART = ".part"  # what is still on its way in
_URL = "http://ota.example/"
_SHA256 = re.compile("[0-9a-f]{64}")


class PackageFiles:
    """Also the files of a simulated module's file server (`Storage.files`): url -> bytes."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.uploads: dict[str, File] = {}  # SHA-256 -> what no package has yet
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)
        for left in directory.glob("*" + _PART):
            left.unlink()

    def receive(self, name: str, chunks: Iterable[bytes]) -> File:
        """Store a file that comes in pieces; only one of them is in memory at a time.

        BadInput for its type, and if it is empty or too large; UserError if the disk is full. Then
        nothing of it is left.
        """
        name = name.replace("\\", "/").rsplit("/", 1)[-1]
        check_file_name(name)
        handle, path = tempfile.mkstemp(suffix=_PART, dir=self.directory)
        part = Path(path)
        try:
            with os.fdopen(handle, "wb") as out:
                file = _copy(name, chunks, out)
                out.flush()
                os.fsync(out.fileno())
            with self._lock:
                part.replace(self.path(file.sha256))
                self.uploads[file.sha256] = file
                if len(self.uploads) > _UPLOADS_MAX:
                    self.uploads.pop(next(iter(self.uploads)))
            self._sync()
        except OSError as error:
            part.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise UserError(f"{name}: the disk is full, nothing was kept of it") from None
            raise
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return file

    def path(self, sha256: str) -> Path:
        return self.directory / sha256

    def sweep(self, used: set[str]) -> None:
        """Remove the files that are neither used nor just uploaded."""
        with self._lock:
            for path in self.directory.iterdir():
                spared = path.name in used or path.name in self.uploads
                if not spared and not path.name.endswith(_PART):
                    path.unlink()

    def __contains__(self, url: str) -> bool:
        return self.path(_name(url)).is_file()

    def __getitem__(self, url: str) -> mmap.mmap:
        """The content, of which only what is read comes into memory."""
        try:
            with self.path(_name(url)).open("rb") as file:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise KeyError(url) from None

    def _sync(self) -> None:
        handle = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _name(url: str) -> str:
    name = url.removeprefix(_URL)
    return name if _SHA256.fullmatch(name) else "no-file"


def _copy(name: str, chunks: Iterable[bytes], out) -> File:
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    crc, size = START, 0
    for chunk in chunks:
        size += len(chunk)
        if size > FILE_MAX:
            raise refuse("files", "file-too-large", limit=FILE_MAX)
        md5.update(chunk)
        sha256.update(chunk)
        crc = crc32_mpeg2(chunk, crc)
        out.write(chunk)
    if size == 0:
        raise refuse("files", "file-empty", value=name)
    return File(name, size, md5.hexdigest(), sha256.hexdigest(), crc)
