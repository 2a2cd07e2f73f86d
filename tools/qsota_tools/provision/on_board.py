# Sent to a board over its raw REPL after on_board_first, to run there from RAM: none of it needs a
# file system. What a function finds it prints, as a Python literal.
import os
import sys
import time
from binascii import a2b_base64, b2a_base64, hexlify
from hashlib import sha256

try:
    import pyb
except ImportError:  # rp2
    pyb = None

_device = None
_buf = memoryview(bytearray(512))  # divides every erase unit


def identify():
    """(version, build name, description, bytes of storage, names in the root directory)."""
    found = sys.implementation
    build, machine = getattr(found, "_build", ""), getattr(found, "_machine", "")
    try:
        names = os.listdir("/flash" if pyb else "/")  # the current one may be that of an SD card
    except OSError:
        names = []
    print((tuple(found.version[:3]), build, machine, _storage_size(), names))


def _storage_size():
    if pyb:
        device = pyb.Flash(start=0)
        device.ioctl(1, 1)  # from now on it counts in its own blocks
    else:
        try:
            import rp2
        except ImportError:
            return 0
        device = rp2.Flash()
    return device.ioctl(4, 0) * device.ioctl(5, 0)


def has_drive():
    """Whether a host sees the storage as a USB drive, to which it writes when it likes."""
    print(bool(pyb) and "MSC" in str(pyb.usb_mode()))


def hide_drive():
    """Soon leave USB, and come back without the drive."""
    import micropython

    micropython.kbd_intr(-1)  # interrupted in the middle, USB would be gone
    time.sleep_ms(100)
    pyb.usb_mode(None)
    time.sleep_ms(1000)  # for the host to notice
    pyb.usb_mode("VCP")
    micropython.kbd_intr(3)


def unmount():
    """Let go of everything that a file system could write to."""
    import vfs

    os.chdir("/")
    for point in ("/app", "/data", "/qsota", "/flash", "/"):
        try:
            vfs.umount(point)
        except OSError:
            pass


def _chip_flash(id, baud, cs, **pins):
    try:
        chip = open_chip(id, baud, cs, **pins)  # noqa: F821
    except OSError as error:
        text = "no flash chip answers on SPI %s, selected by %s" % (id, cs)
        raise OSError(text) from error
    return lambda start, len: Part(chip, start, len)  # noqa: F821


def open_flash(kind, start, size, erase, spi):
    """Use this part of a flash from now on; its blocks must be erase units. For kind spinor the
    driver must have been sent before; spi is that section of the board file."""
    global _device
    if kind == "rp2":
        from rp2 import Flash
    elif kind == "pyb":
        Flash = pyb.Flash
    else:
        Flash = _chip_flash(**spi)
    try:
        _device = Flash(start=start, len=size)
    except ValueError as error:
        raise ValueError("a flash that has no %d bytes from %d" % (size, start)) from error
    _device.ioctl(1, 1)
    if _device.ioctl(5, 0) != erase:
        raise ValueError("blocks of %d bytes" % _device.ioctl(5, 0))
    sync()  # what a file system has left in a cache would be written over ours


def _access(method, block, *args):
    # rp2.Flash checks nothing: a wrong number overwrites MicroPython itself.
    if not 0 <= block < _device.ioctl(4, 0):
        raise ValueError("block %d" % block)
    hold_watchdog()  # noqa: F821
    failed = method(block, *args)
    if failed:
        raise OSError(-failed)


def _pieces(block):
    for at in range(0, _device.ioctl(5, 0), len(_buf)):
        _access(_device.readblocks, block, _buf, at)
        yield _buf


def hashes(first, count):
    """The first 8 bytes of the SHA-256 of each block."""
    found = []
    for block in range(first, first + count):
        digest = sha256()
        for piece in _pieces(block):
            digest.update(piece)
        found.append(hexlify(digest.digest()[:8]).decode())
    print(found)


def read(block, offset):
    """512 bytes as base64."""
    _access(_device.readblocks, block, _buf, offset)
    print(b2a_base64(_buf))


def erase(block):
    _access(lambda block: _device.ioctl(6, block), block)
    if any(min(piece) != 0xFF for piece in _pieces(block)):
        # Storage inside an STM32 is not erased: it is overwritten, via a cache.
        _access(_device.writeblocks, block, b"\xff" * _device.ioctl(5, 0), 0)


def program(block, offset, text):
    """Write text (base64) to what is erased."""
    _access(_device.writeblocks, block, a2b_base64(text), offset)


def sync():
    """Nothing stays behind in a cache."""
    hold_watchdog()  # noqa: F821
    _device.ioctl(3, 0)


def content(*paths):
    """The bytes of the first of these files that exists, or None."""
    for path in paths:
        try:
            with open(path, "rb") as file:
                print(file.read())
                return
        except OSError:
            pass
    print(None)


def mount_data():
    """Make /data readable, if the program that was interrupted has not done so."""
    try:
        os.stat("/data")
    except OSError:
        from qsota.boot.board import Board

        os.chdir("/")
        for path in ("board.json", "flash/board.json"):
            try:
                return Board.load(path).mount_data()
            except Exception as error:
                print(error)
