# Shadows the built-in `time` on the MicroPython VM so that tests can run in virtual time:
# asyncio and the device code both take their ticks from here.
import utime
from utime import *  # noqa: F403

ticks_source = None


def ticks_ms():
    return ticks_source() if ticks_source else utime.ticks_ms()
