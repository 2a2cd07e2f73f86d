# What a session and an update ask a board, beside what a start does: the fields of its file, its
# UART and its data area.
import binascii

from micropython import const

from qsota.boot import chip, hardware
from qsota.boot.hardware import Hardware
from qsota.errors import BoardError

_MODULUS_SIZE = const(384)  # RSA-3072
_WINDOW_BITS = const(12)


class Board(Hardware):
    """One board, all of it."""

    @property
    def name(self):
        return self.get("name", str)

    @property
    def component(self):
        return self.get("component", str)

    @property
    def payload_form(self):
        return self.get("module.payload", str)

    @property
    def chunk(self):
        """The largest read from the module in bytes."""
        return self.get("module.chunk")

    @property
    def register_mode(self):
        return self.get("module.register", int, 1)

    @property
    def trial_attempts(self):
        return self.get("trial.attempts")

    @property
    def trial_deadline_ms(self):
        return self.get("trial.deadline_s") * 1000

    @property
    def platform_confirms(self):
        """Whether reaching the platform is all that a trial has to do; else confirm() ends it."""
        return self.get("trial.confirm", str, "application") == "platform"

    @property
    def update(self):
        """Where an update runs: "beside" the application, "instead" of it, or "auto"."""
        return self.get("update", str, "auto")

    @property
    def window_bits(self):
        """The largest window of a compressed package: 2**n bytes of heap."""
        return self.get("limits.window_bits", int, _WINDOW_BITS)

    @property
    def keys(self):
        """The moduli (384 bytes) of the keys that may sign packages; [] takes unsigned ones."""
        try:
            keys = [binascii.unhexlify(key) for key in self.get("keys", list, [])]
        except (ValueError, TypeError):
            keys = [b""]
        if any(len(key) != _MODULUS_SIZE for key in keys):
            raise BoardError("board-field", "keys")
        return keys

    @property
    def rp2350(self):
        """Whether the chip is an RP2350."""
        return chip.rp2350()

    @property
    def slot_size(self):
        """Bytes of a slot, the package header included."""
        return self._extent("slot_a")[1]

    def mount_data(self):
        """As data.mount()."""
        from qsota.boot.data import mount

        return mount(self)

    def settings(self):
        """The product's own settings from the data area; {} if there are none."""
        from qsota.boot.data import settings

        return settings(self)

    def uart(self):
        """The UART that the module is wired to."""
        from qsota.boot.module_uart import open_uart

        return open_uart(self)


def load_board():
    """The board in its file."""
    return hardware.load(Board)
