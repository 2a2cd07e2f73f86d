# Sent to a board over its raw REPL after on_board.py: what its flash and its processor take.
import gc
from time import ticks_diff, ticks_us


def _us(work, *args):
    hold_watchdog()  # noqa: F821
    start = ticks_us()
    work(*args)
    return ticks_diff(ticks_us(), start)


def flash_times(first, count, page):
    """(us of each erase, of a program of so many bytes, of a hash of 4096) in spare blocks."""
    buf = bytes(page)
    erases = [_us(_device.ioctl, 6, block) for block in range(first, first + count)]  # noqa: F821
    programs = [
        _us(_device.writeblocks, block, buf, 0)  # noqa: F821
        for block in range(first, first + count)
    ]
    for block in range(first, first + count):
        _device.ioctl(6, block)  # noqa: F821
    print((erases, programs, _us(lambda: sha256(bytes(4096)).digest())))  # noqa: F821


def machine_facts():
    """(text of the version, Hz of the processor or 0, bytes of heap free)."""
    gc.collect()
    free = gc.mem_free()
    hertz = machine.freq() if hasattr(machine, "freq") else 0  # noqa: F821
    print((sys.version, hertz if isinstance(hertz, int) else hertz[0], free))  # noqa: F821


def firmware_hash(start, end):
    """SHA-256 of that memory, without the blank KB at its end."""
    from uctypes import bytearray_at

    while end > start and not bytearray_at(end - 1024, 1024).strip(b"\xff"):
        end -= 1024
        hold_watchdog()  # noqa: F821
    digest = sha256()  # noqa: F821
    for at in range(start, end, 4096):
        digest.update(bytearray_at(at, min(4096, end - at)))
        hold_watchdog()  # noqa: F821
    print(repr(hexlify(digest.digest()).decode()))  # noqa: F821
