"""A module that answers from a table, for the tests of the AT layer."""

from qsota.resident.at_client import AtClient
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.wire import Uart

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"
MARKERS = {
    "AT+QIOTSTATE?": b"\r\n+QIOTSTATE: 8\r\n" + OK,
    "AT+QIOTREG?": b"\r\n+QIOTREG: 1\r\n" + OK,
    "AT+CSQ": b"\r\n+CSQ: 24,99\r\n" + OK,
}


class Scripted:
    """answers: command line -> bytes, or a list: one item each time it is sent, the last stays.

    `sent` lists the lines that arrived. A line without an answer gets none; AT gets OK, and what a
    client asks to find the end of late answers (`MARKERS`) is answered as a module does.
    """

    def __init__(self, clock, answers):
        self.uart = Uart(clock)
        self.uart.peer = self._rx
        self.say = self.uart.receive
        self.answers = {"AT": OK}
        self.answers.update(MARKERS)
        self.answers.update(answers)
        self.sent = []
        self._partial = b""

    def _rx(self, data):
        lines = (self._partial + data).split(b"\r\n")
        self._partial = lines.pop()
        for line in lines:
            self._answer(line.decode())

    def _answer(self, line):
        self.sent.append(line)
        answer = self.answers.get(line, b"")
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        self.say(answer)


def converse(talk, answers=None):
    """Run talk(at, module, clock) with the client's reader at work; returns its result."""
    clock = Clock()
    module = Scripted(clock, answers or {})
    at = AtClient(module.uart)

    async def main():
        at.start()
        return await talk(at, module, clock)

    return clock.run(main())


async def failure(kind, coro):
    """Await coro, expect an exception of that kind and return its first argument."""
    try:
        await coro
    except kind as error:
        return error.args[0]
    raise AssertionError("no " + kind.__name__)
