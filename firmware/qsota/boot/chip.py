# What the loader needs of the chip itself: a byte that outlives a reset, the watchdog's switch, a
# host on USB, a timer. A port that does not have one of them answers None or False.
import sys
from time import sleep_ms

from micropython import const

_WATCHDOG = (0x40058000, 0x400D8000)  # of the RP2040 and the RP2350
_SCRATCH = const(0x0C)  # the first scratch register: 0 to 3 are for programs
_CLEAR = const(0x3000)  # ones that are written there clear bits
_ENABLE = const(1 << 30)
_FRAME = const(0x50110048)  # on both: the number of the last USB frame, a new one each ms
_MARK = const(0x2D515300)  # tells our byte from what a power-up leaves


def rp2350():
    """Whether the chip is an RP2350; its registers are not where those of an RP2040 are."""
    return "RP2350" in getattr(sys.implementation, "_machine", "")


def stop_watchdog():
    """Stop the watchdog of an RP2040 or RP2350."""
    from machine import mem32

    mem32[_WATCHDOG[rp2350()] + _CLEAR] = _ENABLE


def kept():
    """The byte that keep() left before a reset; None after a power-up, or without a register."""
    at = register()
    if not at:
        return None
    from machine import mem32

    return mem32[at] & 0xFF if mem32[at] & ~0xFF == _MARK else None


def keep(byte):
    """Keep a byte over resets, until the power goes; False if this chip cannot."""
    at = register()
    if not at:
        return False
    from machine import mem32

    mem32[at] = _MARK | byte
    return mem32[at] == _MARK | byte  # an STM32's registers may be write-protected


def register():
    """The address of the register for that; 0 if there is none."""
    try:
        import rp2  # noqa: F401

        return _WATCHDOG[rp2350()] + _SCRATCH
    except ImportError:
        pass
    try:
        import stm

        return stm.RTC + stm.RTC_BKP19R
    except (ImportError, AttributeError):
        return 0


def host():
    """Whether a host is on USB, and awake; False where that cannot be told."""
    try:
        import rp2  # noqa: F401
        from machine import mem32

        frame = mem32[_FRAME]
        sleep_ms(3)
        return mem32[_FRAME] != frame
    except ImportError:
        pass
    try:
        import pyb

        return pyb.USB_VCP().isconnected()
    except ImportError:
        return False


def later(ms, fn, again=False):
    """Call fn(timer) in ms milliseconds, or each time they have passed, unless deinit() of the
    timer that this returns is called before; None if there are no timers."""
    try:
        from machine import Timer
    except ImportError:
        return None
    mode = Timer.PERIODIC if again else Timer.ONE_SHOT
    return Timer(-1, period=ms, mode=mode, callback=fn)


def reset():
    import machine

    machine.reset()
