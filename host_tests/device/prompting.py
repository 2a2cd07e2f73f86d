"""A module that answers from a table, and asks for data."""

from scripted import OK, Scripted


class Prompting(Scripted):
    """AT+QIOTSEND=<mode>,<n> asks for n bytes, AT+QISEND=<id> for text up to Ctrl-Z or ESC.

    `got` lists what was sent so. prompt_ms: how late the prompt is; end: after the data, if it is
    not OK, or SEND OK for AT+QISEND.
    """

    def __init__(self, clock, answers=None):
        super().__init__(clock, answers or {})
        self.clock = clock
        self.got = []
        self.prompt_ms = 10
        self.end = None
        self._want = 0  # bytes, or -1: up to Ctrl-Z
        self._data = b""
        self._good = OK

    def _rx(self, data):
        while data:
            if self._want:
                data = self._take(data)
            else:
                byte, data = data[:1], data[1:]
                super()._rx(byte)

    def _answer(self, line):
        name, _, rest = line.partition("=")
        if name in ("AT+QIOTSEND", "AT+QISEND", "AT+QFUPL"):
            self.sent.append(line)
            self._partial = b""
            self._good = b"\r\nSEND OK\r\n" if name == "AT+QISEND" else OK
            want = int(rest.split(",")[1]) if "," in rest else -1
            prompt = b"\r\nCONNECT\r\n" if name == "AT+QFUPL" else b"\r\n> "
            self.clock.after(self.prompt_ms, self._ask, want, prompt)
        else:
            super()._answer(line)

    def _ask(self, want, prompt):
        self._want = want
        self.say(prompt)

    def _take(self, data):
        if self._want < 0:
            end = max(data.find(b"\x1a"), data.find(b"\x1b"))
            if end < 0:
                self._data += data
                return b""
            if data[end] == 0x1A:
                self.got.append(self._data + data[:end])
            self._end()
            return data[end + 1 :]
        taken = data[: self._want]
        self._want -= len(taken)
        self._data += taken
        if not self._want:
            self.got.append(self._data)
            self._end()
        return data[len(taken) :]

    def _end(self):
        self._want, self._data = 0, b""
        self.say(self.end or self._good)
