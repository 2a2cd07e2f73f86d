# What the firmware of the stm32 port does before and after boot.py.
import os
from struct import unpack_from

import vfs

import pyb
import stm  # noqa: F401  built in there

PATH = ["/flash", "/flash/lib"]

_FRESH = (
    ("boot.py", "# boot.py -- run on boot to configure USB and filesystem\r\n"),
    ("main.py", "# main.py -- put your code here!\r\n"),
    ("pybcdc.inf", ""),
    ("README.txt", ""),
)

start_usb = pyb.usb_default


def mount_root():
    """A LittleFS as large as it says itself; where there is none, a FAT on all of the storage,
    made anew if need be."""
    device = _littlefs()
    try:
        if device:
            vfs.mount(device, "/flash")
        else:
            _mount_fat()
        os.chdir("/flash")
    except OSError:
        print("MPY: can't mount flash")


def _littlefs():
    whole = pyb.Flash(start=0)
    whole.ioctl(1, 1)
    head = bytearray(64)
    for block in (0, 1):
        whole.readblocks(block, head, 0)
        if head[8:16] == b"littlefs":
            # At these offsets whatever entries follow: so it is blind to a later change of size.
            block_size, count = unpack_from("<II", head, 24)
            try:
                return pyb.Flash(start=0, len=block_size * count)
            except ValueError:
                return whole
    return None


def _mount_fat():
    drive = pyb.Flash(start=0)
    try:
        vfs.mount(vfs.VfsFat(drive), "/flash")
    except OSError:
        vfs.VfsFat.mkfs(drive)
        vfs.mount(vfs.VfsFat(drive), "/flash")
        for name, text in _FRESH:
            with open("/flash/" + name, "w") as file:
                file.write(text)
        drive.ioctl(3, 0)
