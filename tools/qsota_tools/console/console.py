"""The parts of a running console, as its routes need them."""

from pathlib import Path

from qsota_tools.center.service import Service
from qsota_tools.console.fleets import Fleets
from qsota_tools.console.live import Live
from qsota_tools.console.workbench import Bench


class Console:
    def __init__(self, service: Service, bench: Bench):
        self.service = service
        self.bench = bench
        self.fleets = Fleets(service)
        self.live = Live(service)

    def stop(self) -> None:
        self.live.stop()
        self.fleets.stop()
        self.bench.stop()


HERE = Path(__file__).parent
