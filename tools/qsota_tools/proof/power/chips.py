"""The flash chips of the campaign: their geometry, and a bench that is as small as they allow.

Runs on CPython and on MicroPython.
"""

from qsota_tools.proof.lab.flash_models import CachedFlash
from qsota_tools.proof.lab.nor_flash import NorFlash


class Model:
    """erase and program in bytes; slot in erase units; times in ms (page_ms: 256 bytes).

    blind: interrupts are off while the chip works, so that what the module sends gets lost;
    synced: whether the cache of the chip that board files refuse is written back after each
    write; None for the chips that have no cache and are supported.
    """

    def __init__(self, name, erase, program, slot, erase_ms, page_ms, blind=False, synced=None):
        self.name = name
        self.erase = erase
        self.program = program
        self.slot = slot
        self.erase_ms = erase_ms
        self.page_ms = page_ms
        self.blind = blind
        self.synced = synced
        self.supported = synced is None

    def chip(self, clock):
        units = 2 + 2 * self.slot
        if not self.supported:
            return CachedFlash(clock, units, self.erase, self.synced)
        return NorFlash(units, self.erase, self.program)

    def config(self):
        """The board file: the state area, then the slots, and nothing else."""
        state, slot = 2 * self.erase, self.slot * self.erase
        return {
            "name": "BENCH",
            "port": "rp2",
            "component": "MCU",
            "flash": {
                "kind": "rp2",
                "size": state + 2 * slot,
                "erase": self.erase,
                "program": self.program,
            },
            "areas": {
                "state": [0, state],
                "slot_a": [state, slot],
                "slot_b": [state + slot, slot],
            },
            "uart": {"id": 0, "baud": 921600, "rxbuf": 4096, "receive": "pull"},
            "module": {"payload": "raw", "chunk": 1024},
            "trial": {"attempts": 3, "deadline_s": 300, "watchdog_ms": 8000},
        }


MODELS = {
    model.name: model
    for model in (
        Model("rp2", 4096, 256, 6, 45, 0.5, blind=True),
        Model("spinor", 4096, 256, 2, 45, 0.5),
        Model("ecc16", 2048, 16, 8, 22, 1.5),
        Model("ecc32", 131072, 32, 1, 1000, 1),
        Model("stm32", 16384, 512, 1, 250, 4, synced=True),
        Model("stm32-lazy", 16384, 512, 1, 250, 4, synced=False),
    )
}
