"""Targets of further components, as an application brings them."""


class Display:
    """A component that needs no reset: a display behind the MCU, with packages of its own."""

    needs_reset = False
    component = "DISPLAY"
    capacity = 100000

    def __init__(self):
        self.version = "d1"
        self.data = b""

    def begin(self, upgrade):
        return 0  # nothing is kept of an earlier try

    def rewind(self):
        self.data = b""

    def erase_step(self):
        return False

    def write(self, data):
        self.data += bytes(data)

    def finish(self):
        pass

    def install(self):
        # The package says its version: after a reset nobody else knows it.
        self.version = self.data[:2].decode()
