"""Characters from the MCU: command lines, or the data that a prompt has asked for."""

_CR, _LF, _CTRL_Z, _ESC = 13, 10, 26, 27
LINE_MAX = 1088  # the module's command buffer


class Terminal:
    def __init__(self, on_line):
        """on_line(bytes): a line has ended; it may be longer than LINE_MAX by one character."""
        self._on_line = on_line
        self.reset()

    def reset(self):
        self._line = bytearray()
        self._data = bytearray()
        self._wanted = None  # bytes that a prompt waits for, 0: up to Ctrl-Z
        self._on_data = None

    @property
    def prompting(self):
        """Whatever comes is data, command lines too."""
        return self._on_data is not None

    def prompt(self, wanted, on_data):
        """Collect wanted bytes (0: all up to Ctrl-Z) for on_data(bytes), None if ESC ends them."""
        self._wanted = wanted
        self._data = bytearray()
        self._on_data = on_data

    def feed(self, data):
        for byte in data:
            if self._on_data:
                self._take_data(byte)
            elif byte == _CR:
                line, self._line = bytes(self._line), bytearray()
                self._on_line(line)
            elif byte != _LF and len(self._line) <= LINE_MAX:
                self._line.append(byte)

    def _take_data(self, byte):
        if self._wanted == 0 and byte in (_CTRL_Z, _ESC):
            self._end_data(None if byte == _ESC else bytes(self._data))
            return
        self._data.append(byte)
        if len(self._data) == self._wanted:
            self._end_data(bytes(self._data))

    def _end_data(self, data):
        on_data, self._on_data = self._on_data, None
        on_data(data)
