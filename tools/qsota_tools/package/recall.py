"""A package without payload: devices run the image again that their spare slot still holds."""

from qsota.update import package
from qsota_tools.package.judge import sound


def make_recall(data: bytes, allow_downgrade: bool = False) -> bytes:
    """The recall, not signed yet, of the image that the package `data` has brought.

    It has that package's security counter; allow_downgrade: devices take it, too, whose floor is
    higher by now. UserError if data is no package.
    """
    header = sound(data)
    flags = header.flags | package.ALLOW_DOWNGRADE if allow_downgrade else header.flags
    head = bytearray(package.HEADER_SIZE)
    package.pack(
        header._replace(
            kind=package.RECALL,
            flags=flags,
            window_bits=0,
            payload_size=0,
            base_size=0,
            base_sha256=bytes(32),
            key_id=0,
        ),
        head,
    )
    return bytes(head)
