# Sent to a board over its raw REPL, to run there from RAM: none of it needs a file system.
# What a function finds it prints, as a Python literal.
import gc
import os
import sys
import time
from binascii import a2b_base64, b2a_base64, hexlify
from hashlib import sha256

_device = None
_buf = None


def identify():
    """(version, build name, description, bytes of storage, names in the root directory)."""
    found = sys.implementation
    build, machine = getattr(found, "_build", ""), getattr(found, "_machine", "")
    print((tuple(found.version[:3]), build, machine, _storage_size(), os.listdir()))


def _storage_size():
    try:
        import rp2

        device = rp2.Flash()
    except ImportError:
        try:
            import pyb

            device = pyb.Flash(start=0)
            device.ioctl(1, 1)  # from now on it counts in its own blocks
        except ImportError:
            return 0
    return device.ioctl(4, 0) * device.ioctl(5, 0)


def stop_watchdog():
    """An interrupted program feeds none; on stm32 nothing can stop it."""
    try:
        import machine
        import rp2  # noqa: F401
    except ImportError:
        return
    rp2350 = "RP2350" in getattr(sys.implementation, "_machine", "")
    machine.mem32[0x400DB000 if rp2350 else 0x4005B000] = 1 << 30


def unmount():
    """Let go of everything that a file system could write to."""
    import vfs

    os.chdir("/")
    for point in ("/app", "/data", "/flash", "/"):
        try:
            vfs.umount(point)
        except OSError:
            pass


def open_flash(kind, start, size, erase):
    """Use this part of the storage from now on; its blocks must be erase units."""
    global _device, _buf
    if kind == "rp2":
        from rp2 import Flash
    else:
        from pyb import Flash
    _device = Flash(start=start, len=size)
    _device.ioctl(1, 1)
    if _device.ioctl(5, 0) != erase:
        raise ValueError("blocks of %d bytes" % _device.ioctl(5, 0))
    gc.collect()
    _buf = bytearray(erase)


def _check(block):
    # rp2.Flash checks nothing: a wrong number overwrites MicroPython itself.
    if not 0 <= block < _device.ioctl(4, 0):
        raise ValueError("block %d" % block)


def hashes(first, count):
    """The first 8 bytes of the SHA-256 of each block."""
    found = []
    for block in range(first, first + count):
        _check(block)
        _device.readblocks(block, _buf, 0)
        found.append(hexlify(sha256(_buf).digest()[:8]).decode())
    print(found)


def read(block):
    _check(block)
    _device.readblocks(block, _buf, 0)
    print(b2a_base64(_buf))


def erase(block):
    _check(block)
    _device.ioctl(6, block)


def program(block, offset, text):
    """Write text (base64) to what is erased."""
    _check(block)
    _device.writeblocks(block, a2b_base64(text), offset)


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
        from qsota.board import Board

        os.chdir("/")
        for path in ("board.json", "flash/board.json"):
            try:
                return Board.load(path).mount_data()
            except Exception as error:
                print(error)


def memory():
    """(bytes used, bytes free) of the heap."""
    gc.collect()
    print((gc.mem_alloc(), gc.mem_free()))


def running():
    """(a program was started, its slot, the log) as the loader and the library have it in RAM."""
    loader, log = sys.modules.get("qsota.loader"), sys.modules.get("qsota.log")
    state = getattr(loader, "state", None)
    started = getattr(state, "record", None) is not None
    print((started, state.slot if started else None, log.lines() if log else []))


def restart():
    """Soon, so that the host hears that this was understood."""
    import machine

    time.sleep_ms(100)
    machine.reset()
