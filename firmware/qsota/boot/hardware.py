# The board file, and of the hardware that it describes what a start needs; the rest is board.py.
# machine, rp2, pyb and vfs are imported where they are used: host tools read board files too.
import json
import os
import sys

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
_READS = const(3)


class Hardware:
    """One board; config is what its board file holds.

    A value is checked when it is used: BoardError("board-field", its name) if it is missing or
    of the wrong type.
    """

    sealed = False

    def __init__(self, config):
        self.config = config
        self._chip = None

    @classmethod
    def load(cls, path="board.json"):
        """The board in a JSON file; BoardError("no-board-file") or ("bad-board-file").

        The default is relative, since the current directory at boot is the root on every port.
        """
        try:
            with open(path) as file:
                try:
                    config = json.loads(file.read())  # load() reads byte by byte
                except MemoryError:  # there is none in one piece
                    file.seek(0)
                    config = json.load(file)
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
            self.sealed = True
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

    def mapped(self):
        """(address, size, size of a block) of the root where its flash has addresses and nothing
        writes to it; else None."""
        start, size = self._extent("root")
        address = self.get("storage.address", int, 0)
        block = self.get("storage.erase", int, self.get("flash.erase"))
        if self.get("port", str) == "rp2":
            try:
                from uctypes import addressof

                from rp2 import Flash

                address = addressof(Flash())
            except (ImportError, TypeError):
                pass  # before MicroPython 1.25
        elif sys.platform != "pyboard":
            address = 0  # a board that is simulated has nothing there
        return (address + start, size, block) if address and self.sealed else None

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


def load(kind=Hardware):
    """The board in its file, as that class has it; a BoardError is believed the third time."""
    for _ in range(_READS - 1):
        try:
            return kind.load()
        except BoardError:
            pass
    return kind.load()


def open_slots():
    """The Areas of both slots of this board."""
    board = handover.state.board or load()
    return board.slot(0), board.slot(1)
