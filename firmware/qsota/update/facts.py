# What an update has to know of the board, without its file and the code that reads it.
from qsota.resident import phases


class Facts:
    """As Board has them, but for the keys; ahead: what comes while flash is written is kept."""

    def __init__(self, board, keys):
        self.name = board.name
        self.component = board.component
        self.slot_size = board.slot_size
        self.window_bits = board.window_bits
        self.trial_attempts = board.trial_attempts
        self.keys = keys
        self.chunk = board.chunk
        self.payload_form = board.payload_form
        self.ahead = board.get("uart.receive", str) != "pull"
        self._slots = None

    def slot(self, index):
        """The Area of slot 0 or 1. Not before it is asked for: its flash may be what resets the
        MCU, and that is counted before."""
        if self._slots is None:
            self._slots = phases.call("qsota.boot.hardware", "open_slots")
        return self._slots[index]
