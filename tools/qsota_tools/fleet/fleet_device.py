"""One device of a fleet: the rig with its power cuts, which lives step by step beside others."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

from qsota.resident.status import IDLE
from qsota_tools.center.session import Session
from qsota_tools.common.dice import Dice
from qsota_tools.fleet.turn import Turn
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.edges import Reset
from qsota_tools.proof.lab.nor_flash import PowerCut
from qsota_tools.proof.lab.powered import Cut, PoweredRig
from qsota_tools.proof.lab.tears import cuts
from qsota_tools.proof.lab.virtual_loop import VirtualLoop
from qsota_tools.proof.links.judge import Judge

_NAP_US = 60000000  # how long a device that has nothing to do is left alone
_QUIET_US = 5000000  # after the last word on its UART
_LOOK_MS = 500
_OFFERED = "+QIOTEVT: 7,10700"
_FOR_EVER = 1 << 60


class FleetDevice(PoweredRig):
    """key: its module's IMEI; starts_us: when it is switched on; images: version -> the image
    bytes that may run; cut_at: numbers of flash operations in which the power fails, each counted
    from when it came, in a way that the dice choose; options: of the simulated module.

    over: it has nothing to do any more, and the Center knows what it runs; place: World's own.
    """

    naps = False  # it rests as a whole

    def __init__(
        self,
        key: str,
        uplink: Session,
        config: dict,
        version: str,
        images: dict[str, bytes],
        dice: Dice,
        starts_us: int = 0,
        cut_at: tuple[int, ...] = (),
        **options: Any,
    ):
        self.key = key
        self.place = -1
        self.over = False
        self.cuts_taken = 0
        self.on_offer: Callable | None = None  # called once, when its module has got a plan
        self._dice = dice
        self._resting = False
        self._spoken_us = 0  # when something was said on the UART
        self._rest_us: int | None = starts_us  # of the tasks: None: for ever
        clock = Clock()
        self.turn = Turn(clock)
        with self.turn:
            super().__init__(
                clock=clock, version=version, cloud=uplink, config=config, imei=key, **options
            )
            self.judge = Judge(self, images)
        self.seed = dice.below(1 << 16)
        self.cuts = [Cut(index, None, off, supply) for index, off, supply in self._cuts(cut_at)]
        self.look_ms = _LOOK_MS
        self.module.on_trace = self._spoken
        self._life = self._lives()

    def _cuts(self, indices: tuple[int, ...]) -> Iterator[tuple[int, int, bool]]:
        for index in indices:
            yield index, self._dice.pick((200, 5000, 61000, 600000)), self._dice.once_in(2)

    # In the world

    def due_us(self) -> int | None:
        """When it goes on, unless something happens to it before; None: not by itself."""
        due = self.clock.next_due()
        if self.over or self._rest_us is None:
            return due
        tasks = self._rest_us + (_NAP_US if self._resting else 0)
        return tasks if due is None else min(due, tasks)

    def step(self, now_us: int) -> None:
        """Go on at that time, until it waits again."""
        with self.turn:
            self.clock.idle(max(0, now_us - self.clock.now_us()))
            if self.over:
                return
            if self._resting and self._watchdog:
                self._watchdog.feed()
            wait = next(self._life, _FOR_EVER)
            self._rest_us = None if wait is None else self.clock.now_us() + wait
            self.over = wait == _FOR_EVER
            self._resting = not self.over and self._at_rest()
            if self._resting and self._watchdog:
                self._watchdog.stop()  # what feeds it is among the polls that are left out

    def stop(self) -> None:
        """Nothing of it runs any more."""
        with self.turn:
            self._life.close()
        self.over = True

    def go_on(self) -> None:
        """It is switched on again, after it was over."""
        if self.over:
            self.over, self._rest_us = False, self.clock.now_us()
            self._life = self._lives()

    def _lives(self) -> Generator[int | None, None, None]:
        """For how many us it waits, whenever it does so; see VirtualLoop.steps."""
        while (left := (self._rest_us or 0) - self.clock.now_us()) > 0:
            yield left
        while True:
            self.powered = True
            self._power_off()
            try:
                yield from VirtualLoop(self.clock).steps(
                    self._boot(FleetDevice.settled, _FOR_EVER)
                )
                return
            except Reset:
                continue
            except PowerCut:
                self.cuts_taken += 1
                while left := self.off_us():
                    yield left
                self.power_on()

    def settled(self) -> bool:
        """The plan is over for it, and the Center knows what runs, which is confirmed."""
        if not super().settled() or self.trial or not self.cloud.online:
            return False
        return self.cloud.versions.get(self.board.component) == self.running

    def _at_rest(self) -> bool:
        """Nothing but its polls would happen, until the module says something."""
        if self.device is None or self._failure or self.bitten:
            return False
        quiet = self.clock.now_us() - self._spoken_us > _QUIET_US
        return quiet and self.updater.status.phase == IDLE and not self.trial

    def _spoken(self, _direction: str, text: str) -> None:
        self._spoken_us = self.clock.now_us()
        if self.on_offer and text.startswith(_OFFERED):
            self.on_offer, heard = None, self.on_offer
            heard()

    def _flash_op(self, kind: str, at: int, length: int) -> Any:
        if self.powered and self.cuts and self.cuts[0].index == self.ops:
            self.cuts[0].how = self._dice.pick(cuts(kind, length, self.flash))
        return super()._flash_op(kind, at, length)
