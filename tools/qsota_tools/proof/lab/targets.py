"""Targets of further components, to be spoilt in one place or another."""


class Target:
    """Takes any package, and runs version 5 then."""

    needs_reset = False
    version = "1"
    capacity = 65536

    def begin(self, upgrade):
        return 0

    def erase_step(self):
        return False

    def write(self, data):
        pass

    def rewind(self):
        pass

    def replay(self, sink):
        pass

    def finish(self):
        pass

    def install(self):
        self.version = "5"
