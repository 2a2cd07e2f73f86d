"""A module that says one line again and again, true or not, whatever happens meanwhile.

Runs on CPython and on MicroPython.
"""

_EVENTS = (10700, 10700, 10701, 10701, 10702, 10703, 10703, 10703, 10704, 10705, 10706, 10707)
_OTHERS = (
    "1,10200",
    "1,10430",
    "2,10200",
    "2,10450",
    "2,10471",
    "3,10200",
    "3,10400",
    "4,10340",
    "5,10200",
    "6,10200",
    "8,10429",
    "9,1",
)
_NAMES = ("MCU", "MCU", "MCU", "AUX", "")
_TARGETS = ("1_0_0", "2_0_0", "9_9_9", "9:9")
_NUMBERS = (0, 1, 30, 1000, 2768, 100000, 0xFFFFFFFF)
_MD5 = "0123456789abcdef0123456789abcdef"
_EVERY_MS = (100, 1000, 5000, 10000, 60000, 130000)


def repeated_lines(faults):
    """From a random moment on, at a random interval. In half of the runs the plan is agreed to
    only when that is over: until then nothing is open here."""
    dice, rig = faults.dice, faults.rig
    line = b"\r\n" + _line(dice).encode() + b"\r\n"
    every_ms = dice.pick(_EVERY_MS)
    if dice.once_in(2):
        rig.policy["consent"] = lambda plan: faults.healed or None

    def say():
        if not faults.healed:
            if rig.module.powered:
                rig.uart.receive(line)
            rig.clock.after(every_ms, say)

    rig.clock.after(dice.between(1, 20000), say)


def _line(dice):
    if dice.once_in(4):
        return "RDY" if dice.once_in(8) else "+QIOTEVT: " + dice.pick(_OTHERS)
    code = dice.pick(_EVENTS)
    line = "+QIOTEVT: 7,%d%s" % (code, _fields(code, dice))
    return line[: dice.between(11, len(line))] if dice.once_in(8) else line


def _fields(code, dice):
    name, number = dice.pick(_NAMES), lambda: dice.pick(_NUMBERS)
    if code == 10700:
        offer = name, dice.pick(_TARGETS), number(), -113, number()
        return ',"%s","","%s",%d,%d,%d' % offer
    if code == 10701 and name:
        return ',"%s",%d,"%s",1' % (name, number(), _MD5)
    if code == 10703 and name:
        return ',"%s",%d,%d,%d' % (name, number(), number(), number())
    return ""
