"""A module whose MCU is played by the test, in front of a service whose time the test tells."""

from qsota_tools.module.module import Module
from qsota_tools.proof.lab.clock import Clock

HOUR = 3600000
DATA = bytes(range(256)) * 10


class Driven:
    """A module on a virtual clock whose MCU is played by the test; calls wait for step()."""

    def __init__(self, service, time, imei="860000000000001", **options):
        self.clock = Clock()
        self.wire = b""
        self._time = time
        self._calls = []
        self.session = service.session(lambda fn, *args: self._calls.append((fn, args)))
        self.module = Module(
            self.clock, self._receive, self.session, imei=imei, echo=False, known=True, **options
        )

    def _receive(self, data):
        self.wire += data

    def step(self, service, ms):
        """Let that much time pass for everybody."""
        for _ in range(ms // 100):
            self._time.ms += 100
            service.tick()
            service.flush()
            calls, self._calls = self._calls, []
            for fn, args in calls:
                fn(*args)
            self.clock.advance(100)

    def connect(self, service, version="1_0_0"):
        """On-line, with a version told."""
        self.at(f'AT+QIOTMCUVER="MCU","{version}"')
        self.at("AT+QIOTREG=2")
        self.step(service, 2000)
        self.codes()

    def upgrade(self, service, version):
        """From an offer to a version report."""
        self.at("AT+QIOTUPDATE=1")
        self.step(service, 2000)
        self.at("AT+QIOTUPDATE=3")
        self.step(service, 100)
        self.at(f'AT+QIOTMCUVER="MCU","{version}"')
        self.step(service, 200)

    def at(self, line):
        self.module.rx(line.encode() + b"\r\n")
        self.clock.advance(10)

    def codes(self):
        """The OTA events since the last call."""
        lines = self.wire.decode("latin-1").split("\r\n")
        self.wire = b""
        return [int(line[12:17]) for line in lines if line.startswith("+QIOTEVT: 7,")]


def package(service, target="2_0_0", **more):
    file = service.packages.upload("app.bin", [DATA])
    fields = {"name": "app " + target, "component_type": "mcu", "package_type": "full"}
    fields |= {"target_version": target} | more
    return service.packages.create(fields, [file["sha256"]])


def plan(service, made, product="p1SIMU", **more):
    now = service.clock.get()["now"]
    fields = {"name": "plan", "product": product, "zone": "Asia/Shanghai"}
    fields |= {"start": now, "end": now + 100 * HOUR} | more
    made_plan = service.plans.create(fields)
    service.plans.set_components(made_plan["id"], [{"identifier": "MCU", "package": made["id"]}])
    return made_plan["id"]
