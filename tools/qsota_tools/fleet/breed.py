"""One device of a fleet and what befalls it, determined by its number and the fleet's seed."""

from functools import partial

from qsota_tools.center.session import Session
from qsota_tools.common.dice import Dice
from qsota_tools.fleet.fleet_device import FleetDevice
from qsota_tools.fleet.spec import Spec
from qsota_tools.proof.links import fault_classes

MINUTE_MS = 60000
CUT, DISTURBED, REFUSING = "cut", "disturbed", "refusing"

_OPS = 16  # flash operations of an upgrade, about: where the power fails
_SPEEDS = (5000, 20000, 100000)  # of downloads, bytes per second
_HEAL_MS = (500, 2000, 5000, 20000, 100000)  # after the offer
_HEAL_AT_LATEST_MS = 3600000
_LOW, _ENOUGH = 10, 90  # percent of battery
_LOW_MIN = 180  # at most for so long


def breed(
    spec: Spec,
    number: int,
    imei: int,
    uplink: Session,
    config: dict,
    images: dict[str, bytes],
    now_ms: int,
    within_min: int,
) -> tuple[FleetDevice, list[str]]:
    """The device, switched on within so many minutes from now_ms on (by its own clock), and what
    of CUT, DISTURBED and REFUSING befalls it."""
    dice, befallen = Dice(number, spec.seed), []
    cut_at: tuple[int, ...] = ()
    if dice.below(100) < spec.cuts:
        cut_at = tuple(dice.below(_OPS) for _ in range(dice.between(1, 3)))
        befallen.append(CUT)
    uplink.storage.speed = dice.pick(_SPEEDS)
    starts_ms = now_ms + dice.below(within_min * MINUTE_MS)
    device = FleetDevice(
        *(str(imei + number), uplink, config, spec.source, images, dice, starts_ms * 1000, cut_at),
        known=dice.once_in(2),
        seed=number,
    )
    if dice.below(100) < spec.links:
        befallen.append(DISTURBED)
        _disturb(device, dice, starts_ms)
    if dice.below(100) < spec.refusals:
        befallen.append(REFUSING)
        until = starts_ms + dice.below(_LOW_MIN * MINUTE_MS)
        device.policy = {"battery": partial(_battery, device, until)}
    return device, befallen


def _disturb(device: FleetDevice, dice: Dice, starts_ms: int) -> None:
    kinds = [kind for kind in sorted(fault_classes.CLASSES) if kind != "none"]
    faults = fault_classes.Faults(device, dice)
    kind = dice.pick([*kinds, fault_classes.MIXED])
    device.clock.after(starts_ms, fault_classes.start, kind, faults)
    heal_ms = dice.between(1, dice.pick(_HEAL_MS))
    device.on_offer = lambda: device.clock.after(heal_ms, faults.heal)
    device.clock.after(starts_ms + _HEAL_AT_LATEST_MS, faults.heal)


def _battery(device: FleetDevice, until_ms: int) -> int:
    return _LOW if device.clock.now() < until_ms else _ENOUGH
