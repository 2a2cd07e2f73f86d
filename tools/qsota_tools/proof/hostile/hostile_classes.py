"""The classes of the hostile campaign: what each does to a run until it heals.

Runs on CPython and on MicroPython.
"""

import asyncio

from qsota import log
from qsota.session.policy import ACCEPT
from qsota_tools.center.plan import Component, Plan
from qsota_tools.module.download import (
    CORRUPT,
    DROP,
    LATE,
    RANGELESS,
    SILENT,
    STALL,
    STATUS,
    UNNOTICED,
    WHOLE,
)
from qsota_tools.proof.hostile import odd_modules
from qsota_tools.proof.hostile.misconduct import BAD_PARTS, HostileTarget, Misconduct
from qsota_tools.proof.hostile.repeated_lines import repeated_lines
from qsota_tools.proof.lab.apps import good_app
from qsota_tools.proof.lab.edges import Reset, Watchdog
from qsota_tools.proof.lab.packages import plain
from qsota_tools.proof.links import fault_classes as links

AUX = "AUX"
_AUX_TARGET = "5"


def callables(faults):
    """Some of what the application passes in misbehaves."""
    dice, policy = faults.dice, faults.rig.policy
    goods = {
        "battery": lambda: 100,
        "signal": lambda: -70,
        "consent": lambda plan: ACCEPT,
        "on_progress": lambda snapshot: None,
    }
    names = sorted(goods)
    for name in names:
        if dice.once_in(2):
            policy[name] = Misconduct(faults).instead_of(goods[name], name != "on_progress")
    if dice.once_in(3):
        told = log.sink
        log.sink = Misconduct(faults).instead_of(told, may_wait=False)


def targets(faults):
    """A further component whose target misbehaves, in a plan of its own or in the same one."""
    dice, cloud = faults.dice, faults.rig.cloud
    misconduct = Misconduct(faults)
    if not dice.once_in(4):
        bad = [name for name in BAD_PARTS if dice.once_in(3)]
        faults.rig.policy["targets"] = {AUX: HostileTarget(misconduct, bad)}
    aux = Component(AUX, _AUX_TARGET, plain(_AUX_TARGET, 1500, component=AUX))
    components = cloud.plan.components
    cloud.storage.files[aux.url] = aux.data
    components.insert(dice.below(2), aux)


def busy_application(faults):
    """Holds the processor, under a watchdog of its own that bites when it comes too late."""
    dice, clock = faults.dice, faults.rig.clock
    longest = dice.pick((500, 5000, 30000))
    patience = dice.pick((0, 5000, 8000))
    dogs = []

    async def app(rig, device):
        while dogs:
            dogs.pop().stop()
        if patience:
            dogs.append(Watchdog(rig, patience))
        since = clock.now()
        while True:
            await asyncio.sleep_ms(dice.between(1, 1000))
            if not faults.healed and dice.once_in(8):
                clock.advance(dice.between(1, longest))
            for dog in dogs:
                dog.feed()
            device.feed()
            if device.trial and clock.now() - since > 2000:
                device.confirm()

    faults.app = app


def careless_application(faults):
    """Shares the UART: unknown commands, prompts that get no data, data that looks like lines."""
    dice = faults.dice
    lines = (
        "AT+CSQ",
        "AT+NOSUCH",
        "AT+QIOTSEND=1,5",
        "AT+QIOTSEND=0,1024",
        "AT+QISEND=0",
        'AT+QIOTSEND=1,2,"OK"',
        "ATE1",
        "AT+CMEE=2",
        "ATV0",
        "AT+QIOTMCUVER?",
    )
    longest = dice.pick((1000, 20000, 120000))

    async def app(rig, device):
        chatter = asyncio.create_task(chat(device))
        try:
            await good_app(rig, device)
        finally:
            chatter.cancel()

    async def chat(device):
        while not faults.healed:
            await asyncio.sleep_ms(dice.between(100, longest))
            try:
                prefix = b"" if dice.once_in(2) else None
                await device.at.command(dice.pick(lines), prefix, dice.pick((300, 1000)))
            except Exception:
                pass  # as applications do

    faults.app = app


def failing_application(faults):
    """Ends, crashes, hangs, or never confirms, whatever its version, until it heals."""
    dice = faults.dice
    kind = dice.pick(("crash", "hang", "doubt", "revert"))

    async def app(rig, device):
        await asyncio.sleep_ms(dice.between(1, 4000))
        if faults.healed or dice.once_in(6):
            await good_app(rig, device)
        if kind == "crash":
            raise Reset()
        if kind == "revert" and device.trial:
            device.revert("a reason that is longer than a boot record has room for")
        while not faults.healed:
            if kind == "doubt":
                device.feed()
            await asyncio.sleep_ms(1000)
        await good_app(rig, device)

    faults.app = app


def races(faults):
    """Downloads that end as timers and connections cross."""
    dice, storage = faults.dice, faults.rig.cloud.storage
    options = faults.rig.module.options
    kinds = (None, LATE, LATE, UNNOTICED, RANGELESS, STALL, SILENT, STATUS, DROP, WHOLE, CORRUPT)
    storage.faults = [dice.pick(kinds) for _ in range(dice.between(1, 8))]
    storage.late_ms = dice.pick((5001, 5200, 5600, 7000))
    storage.speed = dice.pick((300, 3000, 100000))
    free = options.flash_free
    if dice.once_in(4):
        options.flash_free = 0
    firmware = faults.rig.cloud.plan.components[0].firmware
    size = firmware.size
    if dice.once_in(8):
        firmware.size = 0
    if dice.once_in(8):
        faults.rig.clock.after(dice.between(2000, 20000), lambda: _lose_plan(faults))

    def recover():
        storage.faults = []
        storage.speed = 100000
        options.flash_free = free
        firmware.size = size

    faults.at_heal.append(recover)


def _lose_plan(faults):
    """The module forgets the plan in the middle, and the same one is offered anew."""
    cloud, module = faults.rig.cloud, faults.rig.module
    if faults.healed or cloud.plan is None or not module.powered or not cloud.device.task:
        return
    components = [
        Component(c.name, c.target, c.data, source=c.source) for c in cloud.plan.components
    ]
    module.ota.lose_plan()
    cloud.give_up()
    cloud.add(Plan(components))
    cloud.push()


def nothing(faults):
    """The module's nature is all there is."""


REPEATED_LINES = "repeated-lines"
# class -> (what it does until it heals, the module it is done to)
CLASSES = {
    "callables": (callables, odd_modules.ordinary),
    "targets": (targets, odd_modules.ordinary),
    "busy-application": (busy_application, odd_modules.ordinary),
    "careless-application": (careless_application, odd_modules.ordinary),
    "failing-application": (failing_application, odd_modules.ordinary),
    "slow-module": (nothing, odd_modules.slow),
    "odd-module": (nothing, odd_modules.odd),
    "races": (races, odd_modules.ordinary),
    REPEATED_LINES: (repeated_lines, odd_modules.ordinary),
}
MIXED = "mixed"

# Of the link campaign, for mixed runs.
_LINKS = (
    links.lost_bytes,
    links.flipped_bits,
    links.cut_answers,
    links.late_answers,
    links.refused_commands,
    links.module_reboots,
    links.network_losses,
    links.held_up,
    links.silences,
    links.mcu_resets,
)
_APPLICATIONS = ("busy-application", "careless-application", "failing-application")


def module_options(name, dice):
    if name == MIXED:
        return dice.pick((odd_modules.ordinary, odd_modules.slow, odd_modules.odd))(dice)
    return CLASSES[name][1](dice)


def start(name, faults):
    """Begin a class; "mixed": an application, callables or races, and a fault of the link."""
    if name != MIXED:
        CLASSES[name][0](faults)
        return
    dice = faults.dice
    CLASSES[dice.pick(_APPLICATIONS)][0](faults)
    for part in (callables, targets, races):
        if dice.once_in(2):
            part(faults)
    if dice.once_in(2):
        dice.pick(_LINKS)(faults)
