"""Virtual boards with their USB on a pty, for the tests of what a host does with them."""

from qsota.boot import record, record_data
from qsota.update import package
from qsota_tools import boards
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package
from qsota_tools.provision.factory import make_flash
from qsota_tools.virtual.virtual_board import VirtualBoard

BOARD = boards.load("VIRTUAL")
BLANK = b"\xff" * BOARD["flash"]["size"]
SETTINGS = {"pk": "p11111", "ps": "c2VjcmV0", "wifi": "hunter2"}

# Runs for ever, unconfirmed.
APPLICATION = """
import time
from qsota.device import Device

device = Device()
device.updater()
print("application", device.version)
while True:
    device.feed()
    time.sleep_ms(20)
"""


def package_of(tmp_path, version, source=APPLICATION, board=BOARD):
    """The bytes of a package with this main.py."""
    folder = tmp_path / f"app_{version}"
    folder.mkdir(exist_ok=True)
    (folder / "main.py").write_text(source)
    return make_package(build_image(folder), board, "MCU", version)


def trial_flash(tmp_path, board=BOARD, attempts=3, source=APPLICATION):
    """The storage of a board with 1_0_0 confirmed in slot A and 2_0_0, with this main.py, on trial
    in slot B."""
    flash = bytearray(make_flash(board, package_of(tmp_path, "1_0_0", board=board), SETTINGS))
    new = package_of(tmp_path, "2_0_0", source, board)
    start = board["areas"]["state"][0]
    slot = board["areas"]["slot_b"][0]
    flash[slot : slot + len(new)] = new
    header = package.parse(new)
    rec = record.unpack(flash[start:])
    rec.seq += 1
    rec.active = 1
    rec.slots[1] = record_data.SlotState(
        record_data.TRIAL, attempts, header.image_size, header.image_sha256, header.version
    )
    record.pack_into(rec, memoryview(flash)[start + record.RECORD_SIZE :])
    return bytes(flash)


class UsbBoard(VirtualBoard):
    """`usb` is the port of a running board's REPL; root: what is in the storage of the firmware,
    where that is not the flash."""

    def __init__(self, tmp_path, content, board=BOARD, root=None, **options):
        self.usb = str(tmp_path / "usb")
        flash, self.root = tmp_path / "flash.bin", tmp_path / "root.bin"
        flash.write_bytes(content)
        if root is not None:
            self.root.write_bytes(root)
        storage = None if root is None else self.root
        super().__init__(board, flash, storage=storage, repl=f"pty:{self.usb}", **options)


def is_refused(result, complaint):
    """Whether a command, by its (exit code, output, complaints), was refused in one such line."""
    code, _, complaints = result
    assert code == 1
    assert len(complaints.splitlines()) == 1
    assert complaint in complaints
    return True


def complaints(err):
    """What a command had to say on standard error, beside how far it is and what it waits for."""
    lines = err.splitlines(keepends=True)
    return "".join(x for x in lines if " % of " not in x and not x.endswith(" ...\n"))
