"""A storage image, looked into."""

from littlefs import LittleFS

from qsota_tools import boards
from qsota_tools.package.make import make_package

BOARD = boards.load("VIRTUAL")
IMAGE = b"\xd2\xcd\x31\x05" + b"\x05\x03\x01f\x02"
FIRST = make_package(IMAGE, BOARD, "MCU", "1.0.0", counter=3)
SETTINGS = {"ps": "c2VjcmV0", "pk": "p11111"}


def area(flash, name, board=BOARD):
    start, size = board["areas"][name]
    return flash[start : start + size]


def files(image, block_count):
    """path: content of every file in a LittleFS image."""
    fs = LittleFS(block_size=4096, block_count=block_count, mount=False)
    fs.context.buffer = bytearray(image)
    fs.mount()
    found = {}
    for directory, _, names in fs.walk("/"):
        for name in names:
            path = f"{directory.rstrip('/')}/{name}"
            with fs.open(path, "rb") as file:
                found[path] = file.read()
    return found
