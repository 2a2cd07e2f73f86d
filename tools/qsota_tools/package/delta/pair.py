"""Two packages become one that turns the first version into the second."""

from qsota.update import package
from qsota_tools import boards
from qsota_tools.common.errors import UserError
from qsota_tools.common.progress import Share
from qsota_tools.package import payload
from qsota_tools.package.make import check_pair, make_package


def make_delta(old: bytes, new: bytes, board: boards.Board, share: Share | None = None) -> bytes:
    """The package that turns the version in old into the one in new; both are whole packages;
    share: see payload.pack()."""
    header = package.parse(new)
    check_pair(package.parse(old), header.board, header.component)
    if header.board != board["name"]:
        raise UserError(f"the packages are for {header.board}, not for {board['name']}")
    return make_package(
        payload.image_of(new),
        board,
        header.component,
        header.version,
        header.counter,
        header.flags == package.ALLOW_DOWNGRADE,
        package.DELTA,
        payload.image_of(old),
        share,
    )
