"""The polls of the device's UART reader that would find nothing, left out of virtual time.

A reader that has heard nothing for a while looks at its UART 50 times a second, which is most of
what an hour on the bench costs. Here it sleeps until something is on the wire, and then looks at
the moment at which it would have looked anyway. Runs on CPython and on MicroPython.
"""

import asyncio
import sys

from qsota.resident import at_port

_IDLE_MS = 20  # between two looks of a reader that expects nothing
_LOOKS = 25  # left out at most: a reader that has not looked for a second is taken for dead
# Its loop wakes tasks at whole milliseconds.
_GRAIN_US = 1000 if sys.implementation.name == "micropython" else 1

_pause = at_port.AtPort._pause
_due = None  # the nap that is taken in place of the next sleep


class Nap:
    """Of the reader of a lab.wire.Uart, on its clock."""

    def __init__(self, clock, uart):
        self._clock = clock
        self._uart = uart
        self._begun_us = 0
        self._timer = None
        self._look = None
        self._undisturbed = False
        uart.on_word = self._heard
        clock.on_hold = self._held

    def may_begin(self, port):
        """There is nothing that a look at the UART would find, or would do by itself."""
        return self._uart.is_silent() and not (port._out or port._parser.in_payload)

    async def take(self):
        """Until the look at which something may have come."""
        now = self._clock.now_us()
        self._begun_us = now - now % _GRAIN_US
        self._look = asyncio.Event()  # of this event loop
        self._undisturbed = True
        self._wake_after(_LOOKS)
        await self._look.wait()
        self._undisturbed = False

    def stop(self):
        """Its event loop has ended."""
        self._undisturbed = False
        self._clock.cancel(self._timer)

    def _heard(self):
        if not self._undisturbed:
            return
        self._undisturbed = False
        self._clock.cancel(self._timer)
        self._wake_after(self._looks(self._clock.now_us()) + 1)

    def _held(self, begun_us):
        """A look that fell due meanwhile comes as soon as tasks can run."""
        if self._undisturbed and self._looks(begun_us) < self._looks(self._clock.now_us()):
            self._undisturbed = False
            self._clock.cancel(self._timer)
            self._look.set()

    def _looks(self, us):
        return (us - self._begun_us) // (_IDLE_MS * 1000)

    def _wake_after(self, looks):
        at_us = self._begun_us + looks * _IDLE_MS * 1000
        self._timer = self._clock.at_us(at_us, self._look.set)


def _pause_or_nap(port):
    global _due
    ms = _pause(port)
    nap = getattr(port.uart, "nap", None)
    _due = nap if nap and ms == _IDLE_MS and nap.may_begin(port) else None
    return ms


async def _sleep_ms(ms):
    global _due
    nap, _due = _due, None
    await (nap.take() if nap else asyncio.sleep_ms(ms))


def install():
    """Let the readers of UARTs that have a `nap` take it."""
    at_port.AtPort._pause = _pause_or_nap
    at_port.sleep_ms = _sleep_ms
