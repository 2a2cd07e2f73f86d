"""The fault classes of the random campaign: what each does to a rig until the link heals.

Runs on CPython and on MicroPython.
"""

from qsota_tools.module.download import CORRUPT, DROP, SILENT, STALL, STATUS, WHOLE
from qsota_tools.proof.links import urcs, wire_faults

_MEANS = (20, 100, 300, 1000, 3000)  # bytes between two faults
_CHUNKS = (2, 4, 8, 16)  # writes between two faults
_NETWORK = (10404, 10437, 10450, 10473, 10474, 10475, 10500)


class Faults:
    """The faults of one run, drawn from its dice; heal() ends them."""

    def __init__(self, rig, dice):
        self.rig = rig
        self.dice = dice
        self.healed = False
        self.at_heal = []

    def heal(self):
        if not self.healed:
            self.healed = True
            for action in self.at_heal:
                action()

    def on_wire(self, make, means=_MEANS):
        """The same kind of fault in one direction or in both."""
        for name in self.dice.pick((("rx",), ("tx",), ("rx", "tx"))):
            fault = make(self.dice, self.dice.pick(means))
            self.on_line(name, fault)

    def on_line(self, name, fault):
        line = getattr(self.rig.uart, name)
        line.filters.append(lambda data: data if self.healed else fault(data))

    def now_and_then(self, action, shortest_ms, longest_ms):
        """Do action() again and again, with a random pause before each time."""

        def act():
            if not self.healed:
                action()
                again()

        def again():
            self.rig.clock.after(self.dice.between(shortest_ms, longest_ms), act)

        again()


def lost_bytes(faults):
    faults.on_wire(wire_faults.lost)


def doubled_bytes(faults):
    faults.on_wire(wire_faults.doubled)


def flipped_bits(faults):
    faults.on_wire(wire_faults.flipped)


def noise(faults):
    faults.on_wire(wire_faults.noisy)
    dice, uart = faults.dice, faults.rig.uart
    faults.now_and_then(lambda: uart.receive(dice.data(dice.between(1, 200))), 10, 3000)


def cut_answers(faults):
    faults.on_wire(wire_faults.cut, _CHUNKS)


def late_answers(faults):
    longest = faults.dice.pick((50, 500, 4000, 15000))
    mean = faults.dice.pick(_CHUNKS)
    faults.on_line("rx", wire_faults.Delay(faults.rig, faults.dice, mean, longest))


def inserted_urcs(faults):
    dice = faults.dice
    mean = dice.pick(_CHUNKS)
    faults.rig.module.options.payload = "raw"

    def insert(data):
        if not dice.once_in(mean):
            return data
        return urcs.insert(data, dice.pick(urcs.places(data)), dice.pick(urcs.URCS)[1])

    faults.on_line("rx", insert)


def refused_commands(faults):
    dice, module = faults.dice, faults.rig.module
    mean = dice.pick(_CHUNKS)

    def refuse(data):
        if dice.once_in(mean):
            module.refuse_next(1)
        return data

    faults.on_line("tx", refuse)


def module_reboots(faults):
    longest = faults.dice.pick((2000, 5000, 20000))
    faults.now_and_then(faults.rig.module.reboot, 1, longest)


def network_losses(faults):
    dice, link = faults.dice, faults.rig.module.link

    def drop():
        back_ms = 600000 if dice.once_in(10) else dice.pick((100, 5000, 60000))
        link.drop(dice.pick(_NETWORK), dice.between(1, back_ms))

    faults.now_and_then(drop, 1, dice.pick((3000, 30000)))


def http_faults(faults):
    dice, storage = faults.dice, faults.rig.cloud.storage
    kinds = (None, STATUS, SILENT, DROP, STALL, WHOLE, CORRUPT)
    storage.faults = [dice.pick(kinds) for _ in range(dice.between(1, 8))]
    storage.latency_ms = dice.pick((1, 200, 4000))
    storage.speed = dice.pick((300, 3000, 100000))

    def recover():
        storage.faults = []
        storage.speed = 100000

    faults.at_heal.append(recover)


def held_up(faults):
    """The application keeps the interpreter busy, so that the module's timers run out."""
    clock, dice = faults.rig.clock, faults.dice
    longest = dice.pick((500, 5000, 30000, 90000))
    faults.now_and_then(lambda: clock.advance(dice.between(1, longest)), 1, 5000)


def slow_erases(faults):
    """400 ms with the interrupts off, while the module has much to say."""
    rig, dice = faults.rig, faults.dice
    rig.erase_ms = dice.pick((45, 100, 400))
    rig.cloud.storage.speed = dice.pick((300, 3000, 100000))
    urc = urcs.insert(b"", 0, b"\r\n+QIOTEVT: 4,10200\r\n")
    faults.now_and_then(lambda: rig.uart.receive(urc), 1, dice.pick((30, 300)))


def silences(faults):
    """Nothing gets through for a while, in one direction or in both."""
    clock, dice = faults.rig.clock, faults.dice
    longest = dice.pick((1000, 10000, 100000))
    dead = [0]

    def begin():
        dead[0] = clock.now() + dice.between(1, longest)

    def pass_on(data):
        return b"" if clock.now() < dead[0] else data

    faults.now_and_then(begin, 1, 10000)
    for line in dice.pick((("rx",), ("tx",), ("rx", "tx"))):
        faults.on_line(line, pass_on)


def mcu_resets(faults):
    def reset():
        faults.rig.bitten = True

    faults.now_and_then(reset, 500, faults.dice.pick((3000, 20000)))


CLASSES = {
    "none": lambda faults: None,
    "bytes-lost": lost_bytes,
    "bytes-doubled": doubled_bytes,
    "bits-flipped": flipped_bits,
    "noise": noise,
    "answers-cut": cut_answers,
    "answers-late": late_answers,
    "urcs-inserted": inserted_urcs,
    "commands-refused": refused_commands,
    "module-reboots": module_reboots,
    "network-losses": network_losses,
    "http-faults": http_faults,
    "mcu-held-up": held_up,
    "slow-erases": slow_erases,
    "silences": silences,
    "mcu-resets": mcu_resets,
}
MIXED = "mixed"


def start(name, faults):
    """Begin a class; "mixed" is three of the others at once."""
    if name == MIXED:
        kinds = sorted(CLASSES)
        for _ in range(3):
            CLASSES[faults.dice.pick(kinds)](faults)
    else:
        CLASSES[name](faults)
