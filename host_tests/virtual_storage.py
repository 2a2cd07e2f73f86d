"""What the tests of the virtual board put into its flash."""

from littlefs import LittleFS

from qsota.boot import record, record_data
from qsota_tools import boards

BOARD = boards.load("VIRTUAL")
SIZE = BOARD["flash"]["size"]
ERASE = BOARD["flash"]["erase"]
STATE = BOARD["areas"]["state"][0]
FREE = BOARD["areas"]["slot_a"][0]  # erase units to play with


def storage(boot="", main="", board=BOARD, **more):
    """A storage with these scripts and more files in its root, grown as the factory grows it."""
    size, root = board["flash"]["size"], board["areas"]["root"][1]
    fs = LittleFS(block_size=ERASE, block_count=root // ERASE, prog_size=256)
    for name, text in {"boot.py": boot, "main.py": main, **more}.items():
        with fs.open(name, "w") as file:
            file.write(text)
    fs.fs_grow(size // ERASE)
    return bytes(fs.context.buffer).ljust(size, b"\xff")


def boot_record(version):
    """The bytes of a record: version is confirmed in slot A."""
    rec = record_data.Record()
    rec.seq = 1
    rec.slots[0].state = record_data.GOOD
    rec.slots[0].version = version
    buf = bytearray(record.RECORD_SIZE)
    record.pack_into(rec, buf)
    return buf


# Two programs of 512 bytes, once; then it tells why it was started.
CUT_MAIN = f"""
import machine, rp2
area = rp2.Flash(start={FREE}, len=8192)
view = memoryview(area)
if view[0] == 255:
    area.writeblocks(0, b"a" * 512, 0)
    area.writeblocks(1, b"b" * 512, 0)
    print("not cut")
print("cause", machine.reset_cause())
"""


def logged(board, text):
    """Wait until that board prints it."""
    return board.wait_for("log", text=text)
