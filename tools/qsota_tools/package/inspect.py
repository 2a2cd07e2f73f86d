"""Everything that is in a package, or exactly what is wrong with it."""

from pathlib import Path
from typing import Any

from qsota.update import package
from qsota_tools import boards
from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.package import payload
from qsota_tools.package.form import digests
from qsota_tools.package.image import image_files
from qsota_tools.package.judge import check_board, check_signature, sound


def explain(
    data: bytes,
    board: boards.Board | None = None,
    base: bytes | None = None,
    public: bytes | None = None,
) -> dict[str, Any]:
    """All fields of a package, its files and its sums; UserError with the first thing wrong.

    With a board: it must also be a package that this board takes. base: the image that a delta
    starts from; without it the content of a delta stays unknown. public: modulus of the key that
    must have signed it.
    """
    header = sound(data)
    if board:
        check_board(header, board, data)
    if public:
        check_signature(header, data, public)
    fields = header._asdict()
    fields["kind"] = payload.KINDS[header.kind]
    fields["image_sha256"] = header.image_sha256.hex()
    fields["base_sha256"] = header.base_sha256.hex()
    fields["key_id"] = f"{header.key_id:08x}"
    if header.kind == package.RECALL:
        return fields | {"size": len(data), **digests(data)}
    if header.kind != package.DELTA or base is not None:
        inside = image_files(payload.image_of(data, base))
        fields["files"] = {path: len(content) for path, content in inside}
    else:
        payload.check_form(data)
    return fields | {"size": len(data), **digests(data)}


def image_in(path: Path, base: bytes | None) -> bytes:
    """The image in another package; UserError names that file."""
    data = files.read(path)
    try:
        sound(data)
        return payload.image_of(data, base)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
