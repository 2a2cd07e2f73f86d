# The board file, and the edges of the hardware that it describes.
# machine, rp2, pyb and vfs are imported where they are used: host tools read board files too.
import binascii
import json
import os

from micropython import const

from qsota import log
from qsota.boot import chip
from qsota.boot.flash import Area
from qsota.errors import BoardError
from qsota.resident import handover

# Where the port mounts the storage at boot, and its longest watchdog in ms.
_PORTS = {"rp2": ("/", 8388), "stm32": ("/flash", 32767)}
# Nothing is programmed in the root, so this only sets its caches, to 4 times as much: 1 KB of heap
# less than by default, and all of the largest file that LittleFS keeps in a folder.
_PROGSIZE = const(128)
_MODULUS_SIZE = const(384)  # RSA-3072
_WINDOW_BITS = const(12)
_READS = const(3)


class Board:
    """One board; config is what its board file holds.

    A value is checked when it is used: BoardError("board-field", its name) if it is missing or
    of the wrong type.
    """

    def __init__(self, config):
        self.config = config
        self.has_data = False  # mounted by this object
        self._chip = None

    @classmethod
    def load(cls, path="board.json"):
        """The board in a JSON file; BoardError("no-board-file") or ("bad-board-file").

        The default is relative, since the current directory at boot is the root on every port.
        """
        try:
            with open(path) as file:
                config = json.loads(file.read())  # load() reads byte by byte
        except OSError:
            raise BoardError("no-board-file", path)
        except ValueError:
            raise BoardError("bad-board-file", path)
        return cls(config)

    def get(self, name, kind=int, default=None):
        """The value called "key" or "section.key"; a default makes it optional."""
        value = self.config
        for key in name.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            value = default
        if not isinstance(value, kind):
            raise BoardError("board-field", name)
        return value

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

    def slot(self, index):
        """The Area of slot 0 or 1."""
        return self.area(("slot_a", "slot_b")[index])

    def area(self, name):
        """The Area called root, data, state, slot_a or slot_b."""
        size = self._extent(name)[1]
        return Area(self.device(name), size, self.get("flash.erase"), self.get("flash.program"))

    def device(self, name):
        """The block device of that area."""
        return self._flash(*self._extent(name))

    def seal_root(self):
        """Let nothing write to the root file system any more: on rp2 it spans the slots.

        A root that cannot be mounted again stays as it is; that is logged.
        """
        import vfs

        from qsota.boot.guard import Guard

        point = self._port()[0]
        self._hide_storage()
        try:
            root = vfs.VfsLfs2(Guard(self.storage()), progsize=_PROGSIZE)
            vfs.umount(point)
            vfs.mount(root, point, readonly=True)
        except OSError as error:
            log.write("root is not sealed: %r" % error)
        if point != "/":
            os.chdir(point)  # where the port looks for main.py; umount left it

    def storage(self):
        """The block device that the port mounted at boot."""
        if self.get("port", str) == "rp2":
            import rp2

            return rp2.Flash()
        import pyb

        return _part(pyb.Flash, *self._extent("root"))

    def mount_data(self):
        """Mount the data area at /data, for reading and writing; once is enough."""
        from qsota.boot.data import mount

        mount(self)

    def settings(self):
        """The product's own settings from the data area; {} if there are none."""
        from qsota.boot.data import settings

        return settings(self)

    def uart(self):
        """The UART that the module is wired to."""
        from qsota.boot.module_uart import open_uart

        return open_uart(self)

    def pin(self, name, value=None):
        """The pin that the key of that name gives, None if there is no such key.

        It is an output at value, or without one an input with a pull-up.
        """
        id = self.get(name, (int, str), "")
        if id == "":
            return None
        from machine import Pin

        return Pin(id, Pin.IN, Pin.PULL_UP) if value is None else Pin(id, Pin.OUT, value=value)

    def watchdog(self, ms):
        """A machine.WDT of ms milliseconds or of the port's longest; nothing can stop it again."""
        import machine

        return machine.WDT(timeout=min(ms, self._port()[1]))

    def stop_watchdog(self):
        """Stop a watchdog that a soft reset has left running; on stm32 nothing can."""
        if self.get("port", str) == "rp2":
            chip.stop_watchdog()

    def maintenance(self):
        """Whether the maintenance pin, if the board has one, is pulled to ground."""
        pin = self.pin("maintenance_pin")
        return pin is not None and not pin.value()

    def reset(self):
        chip.reset()

    def _hide_storage(self):
        # On stm32 the whole flash, slots included, would show up as a USB drive.
        if self.get("port", str) == "stm32":
            import pyb

            pyb.usb_mode("VCP")

    def _port(self):
        port = self.get("port", str)
        if port not in _PORTS:
            raise BoardError("board-field", "port")
        return _PORTS[port]

    def _extent(self, name):
        field = "areas." + name
        extent = self.get(field, list)
        if len(extent) != 2 or not all(isinstance(n, int) for n in extent):
            raise BoardError("board-field", field)
        start, size = extent
        if start < 0 or size <= 0 or start + size > self.get("flash.size"):
            raise BoardError("board-field", field)
        return start, size

    def _flash(self, start, size):
        kind = self.get("flash.kind", str)
        if kind == "rp2":
            import rp2

            flash = rp2.Flash
        elif kind == "pyb":
            import pyb

            flash = pyb.Flash
        elif kind == "spinor":
            flash = self._spi_flash()
        else:
            raise BoardError("unsupported-flash", kind)
        return _part(flash, start, size)

    def _spi_flash(self):
        if self._chip is None:  # looked up once
            from qsota.boot.spi_flash import open_flash

            self._chip = open_flash(self)
        return self._chip


def _part(flash, start, size):
    try:
        return flash(start=start, len=size)
    except ValueError:  # not on an erase unit, or beyond what there is
        raise BoardError("wrong-area", "%d+%d" % (start, size))


def load_board():
    """The board in its file; a BoardError is believed the third time."""
    for _ in range(_READS - 1):
        try:
            return Board.load()
        except BoardError:
            pass
    return Board.load()


def open_slots():
    """The Areas of both slots of this board."""
    board = handover.state.board or load_board()
    return board.slot(0), board.slot(1)
