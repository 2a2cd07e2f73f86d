"""Files are read whole, and written so that a failure never costs what was there before."""

import contextlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from qsota_tools.common.errors import UserError
from qsota_tools.common.locks import Lock

_READ_MAX = 256 << 20  # bytes: as large as a flash can be
_WORK = ".qsota-work"  # marks a folder that a command may clear


def read(path: Path) -> bytes:
    """The content of a file; UserError for what is none (a device or a FIFO would never end)."""
    if (found := size(path)) > _READ_MAX:
        raise UserError(f"{path}: {found} bytes are too many, {_READ_MAX} is the most")
    return path.read_bytes()


def size(path: Path) -> int:
    """Of a file, in bytes; UserError for what is none."""
    found = path.stat()
    _check_file(path, found.st_mode)
    return found.st_size


def _check_file(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise UserError(f"{path} is {what(mode)}, not a file")


def read_text(path: Path) -> str:
    """The text of a file; UserError if it is not UTF-8."""
    try:
        return read(path).decode()
    except UnicodeDecodeError:
        raise UserError(f"{path}: must be text in UTF-8") from None


def write(path: Path, data: bytes | str) -> None:
    """Replace or make a file: all of it is there afterwards, or what was before. OSError (which
    names this file) or UserError."""
    data = data.encode() if isinstance(data, str) else data
    target = Path(os.path.realpath(path))  # a link stays one
    mode = None
    if target.exists():
        mode = target.stat().st_mode
        _check_file(path, mode)
        if not os.access(target, os.W_OK):
            raise PermissionError(13, os.strerror(13), str(path))
    with _owned(target) if mode else contextlib.nullcontext():
        try:
            replace(target, data, mode)
        except OSError as error:
            error.filename, error.filename2 = str(path), None
            raise


@contextlib.contextmanager
def _owned(target: Path):
    lock = Lock(target, str(target))  # such as the flash of a virtual board that runs
    try:
        yield
    finally:
        lock.release()


def replace(target: Path, data: bytes, mode: int | None = None) -> None:
    """As write(), for a file that several may write at a time, the same bytes: none is refused."""
    number, name = tempfile.mkstemp(prefix=f".{target.name[:64]}.", dir=target.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(stat.S_IMODE(mode) if mode else 0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every system opens folders
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Make a file that only `mode` allows to read; FileExistsError if there is one."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)
        raise


def write_json(path: Path, value: object) -> None:
    write(path, json.dumps(value, indent=1) + "\n")


def check_output(output: Path, *inputs: Path | None) -> None:
    """UserError if that would take the place of what it is made from."""
    for path in inputs:
        if path and output.exists() and path.exists() and output.samefile(path):
            raise UserError(
                f"{output} would be overwritten, and it is needed: name another output"
            )


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder while this lasts. UserError where no file can be made for want of room, an OSError
    in it that names no file says which folder it was."""
    try:
        made = tempfile.TemporaryDirectory()
    except FileNotFoundError as error:
        raise UserError(f"temporary files: {error.strerror}; TMPDIR names another") from None
    with made as name:
        try:
            yield Path(name)
        except OSError as error:
            error.filename = error.filename or f"temporary files in {Path(name).parent}"
            raise


def clear_work(folder: Path) -> None:
    """An empty folder for working files; UserError if it holds files of somebody else."""
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / _WORK).exists():
            raise UserError(f"{folder} holds other files: name a new or empty folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _WORK).touch()


def what(mode: int) -> str:
    """What is no file, in a sentence about it."""
    for test, name in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return name
    return "no file"
