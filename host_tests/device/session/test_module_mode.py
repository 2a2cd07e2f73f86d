"""A module that its stored profile, or the MCU's last life, has left in another mode."""

import asyncio

from link_bench import Bench
from qsota import log
from qsota.errors import AtError
from qsota_tools.proof.lab.rig import Rig
from scripted import failure
from words import plan


def connected(**options):
    bench = Bench(**options)
    assert bench.connect() is None, log.lines()
    return bench


async def understood(bench):
    """Lines, OK and ERROR are what they are."""
    assert await bench.at.command("AT+CSQ", b"+CSQ:") == [b"+CSQ: 24,99"]
    assert await bench.at.command("AT+QSCLK=0") == []
    assert await failure(AtError, bench.at.command("AT+NOTHING")) == "error"


def test_any_stored_profile_is_understood_and_set_right():
    for profile in (
        {"echo": True},
        {"verbose": False},
        {"quiet": True},
        {"cmee": 2},
        {"cmee": 0},
        {"echo": True, "verbose": False, "quiet": True, "cmee": 2},
    ):
        bench = connected(**profile)
        bench.run(understood(bench))
        modes = bench.module.modes
        assert (modes.echo, modes.verbose, modes.quiet, modes.cmee) == (False, True, False, 1)


def test_errors_come_by_number_whatever_the_profile_says():
    bench = connected(cmee=2, sim_card=False)

    async def question():
        assert await failure(AtError, bench.at.command("AT+CPIN?", b"+CPIN:")) == "cme-10"

    bench.run(question())


def test_a_profile_costs_less_than_five_seconds():
    assert connected(verbose=False, quiet=True).clock.now() < 5000


def test_a_module_that_waits_for_text_of_the_mcus_last_life_gets_none_of_ours():
    bench = Bench()
    bench.module.rx(b"AT+QISEND=0\r\n")
    bench.clock.advance(1000)
    assert bench.connect() is None
    assert bench.module.sent == []


def test_a_module_that_waits_for_a_number_of_bytes_is_reached_again():
    for wanted in (5, 300, 1460):
        bench = Bench()
        bench.module.rx(b"AT+QISEND=0,%d\r\n" % wanted)
        bench.clock.advance(1000)
        assert bench.connect() is None
        bench.run(understood(bench))


class Transparent:
    """A module in data mode: only +++ with a second of silence around it ends that."""

    def __init__(self, bench, guarded=True):
        self._bench = bench
        self._guarded = guarded
        self._last = 0
        self._on = True
        self.data = b""
        bench.uart.peer = self._rx

    def _rx(self, data):
        clock = self._bench.clock
        quiet, self._last = clock.now() - self._last, clock.now()
        if not self._on:
            self._bench.module.rx(data)
        elif data == b"+++" and quiet >= 1000:
            clock.after(1000, self._guard_is_over)
        else:
            self.data += data

    def _guard_is_over(self):
        if self._bench.clock.now() - self._last >= 1000:
            self._on = False
            self._bench.uart.receive(b"\r\nOK\r\n")


def test_a_module_in_data_mode_is_reached_by_plus_plus_plus_with_silence_around_it():
    bench = Bench()
    Transparent(bench)
    assert bench.connect() is None
    bench.run(understood(bench))


def test_a_module_that_holds_its_answers_for_a_line_that_is_not_wired_is_set_free():
    bench = Bench()
    held = []
    receive = bench.module._send
    bench.module._send = held.append

    def rx(data):
        if b"AT+IFC=0,0\r" in data:
            bench.module._send = receive
        bench.module.rx(data)

    bench.uart.peer = rx
    assert bench.connect() is None and held


def test_flow_control_is_switched_on_where_it_is_wired_and_stays_on():
    bench = Bench(rts=True)
    seen = []

    def rx(data):
        seen.append(data)
        bench.module.rx(data)

    bench.uart.peer = rx
    assert bench.connect() is None and b"AT+IFC=2,2\r\n" in seen
    bench.module.powered = False
    assert bench.connect() == "no-answer"
    assert b"+++" in seen and not [data for data in seen if b"AT+IFC=0,0" in data]


def test_urcs_that_go_to_the_usb_port_are_sent_here():
    for said, written in (
        (b"usbat", True),
        (b"usbmodem", True),
        (b"uart1", False),
        (b"all", False),
    ):
        bench = Bench()
        seen = []

        def rx(data, bench=bench, seen=seen, said=said):
            if b"QURCCFG" in data:
                seen.append(data)
                answer = b'\r\n+QURCCFG: "urcport","' + said + b'"\r\n'
                bench.uart.receive((b"" if b"uart1" in data else answer) + b"\r\nOK\r\n")
            else:
                bench.module.rx(data)

        bench.uart.peer = rx
        assert bench.connect() is None
        assert (b'AT+QURCCFG="urcport","uart1"\r\n' in seen) is written


def test_a_setting_that_is_refused_is_a_message_and_no_end():
    bench = Bench()

    def rx(data):
        if data == b"AT+CMEE=1\r\n":
            bench.module.refuse_next(1)
        bench.module.rx(data)

    bench.uart.peer = rx
    assert bench.connect() is None and "AT+CMEE=1: error" in log.lines()


def test_a_setting_that_is_not_answered_ends_the_attempt():
    for line in (b"AT+CMEE=1", b'AT+QURCCFG="urcport"', b'AT+QIOTCFG="buffer",1'):
        bench = Bench()

        def rx(data, bench=bench, line=line):
            if not data.startswith(line):
                bench.module.rx(data)

        bench.uart.peer = rx
        assert bench.connect() == "timeout"
        bench.uart.peer = bench.module.rx
        assert bench.connect() is None


def test_a_profile_that_comes_back_with_a_restart_in_mid_upgrade_does_no_harm():
    rig = Rig([plan("2_0_0", 20000)], verbose=False, quiet=True)
    assert rig.run(lambda rig: len(rig.sent("AT+QIOTOTARD=")) > 5, 60000)
    rig.clock.after(10, rig.module.reboot)
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]


def test_modules_that_take_seconds_for_each_answer_are_upgraded():
    for ms in (300, 700, 1500, 4000):
        rig = Rig([plan("2_0_0", 3000)], response_ms=ms)
        assert rig.run(Rig.settled, 1800000), ms
        assert rig.cloud.verdicts == [10705]


def test_an_application_sends_its_data_while_the_updater_works():
    sent = []

    async def telemetry(rig, device):
        for i in range(40):
            try:
                await device.at.send("AT+QIOTSEND=1,8", b"%08d" % i)
                sent.append(b"%08d" % i)
            except AtError as error:
                assert error.reason == "error"  # off-line
            await asyncio.sleep_ms(100)
        device.confirm()
        while True:
            device.feed()
            await asyncio.sleep_ms(1000)

    rig = Rig([plan("2_0_0", 20000)])
    rig.apps = {"1_0_0": telemetry}
    assert rig.run(Rig.settled) and rig.cloud.verdicts == [10705]
    assert rig.module.sent == sent and len(sent) >= 25
