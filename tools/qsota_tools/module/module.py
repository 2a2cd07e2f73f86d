"""The simulated Quectel module: its AT interface, with the OTA engine and the link behind it.

Sans-I/O: bytes go in by rx() and come out by send(bytes); time is any clock with now(),
after(ms, fn, *args) and cancel(handle). Runs on CPython and on MicroPython.
"""

from qsota_tools.common.dice import Dice
from qsota_tools.module import data_commands
from qsota_tools.module import general as commands
from qsota_tools.module import quecthing_commands as quecthing
from qsota_tools.module import read_answer as payload
from qsota_tools.module.config import Config
from qsota_tools.module.life import Life
from qsota_tools.module.modes import Modes
from qsota_tools.module.options import Options
from qsota_tools.module.ota import Ota
from qsota_tools.module.platform_link import Link
from qsota_tools.module.syntax import Refused, parse
from qsota_tools.module.terminal import LINE_MAX, Terminal
from qsota_tools.module.versions import Versions

_LF = 10
_STARTED = ("RDY", "+CFUN: 1", "+CPIN: READY", "+QUSIM: 1", "APP RDY")
_POWER_DOWN_MS = 500

_COMMANDS = dict(commands.COMMANDS)
_COMMANDS.update(quecthing.COMMANDS)
_COMMANDS.update(data_commands.COMMANDS)


class Module:
    def __init__(self, clock, send, cloud, **options):
        """A module that has been running for a while; options: see options.py."""
        self.options = Options(**options)
        self.on_trace = None  # fn("TX" or "RX", text), as the MCU sees the directions
        self.powered = True
        self._send = send
        self._life = Life(clock)
        self._notify = cloud.notify
        self._refusals = 0
        self._dice = Dice(self.options.seed)
        self._terminal = Terminal(self._received)
        self.modes = Modes(self.options)
        self.sent = []  # the data of AT+QIOTSEND and AT+QISEND, as it came
        self.config = Config(self.options.product, self.options.imei)
        self.versions = Versions()
        self.link = Link(self._life, cloud, self.event, self.versions, self.options)
        self.ota = Ota(self._life, self.link, cloud.storage, self.options, self.urc, cloud.notify)
        self.ota.on_flash = self._flash
        self._start()
        cloud.attach(self)

    @property
    def state(self):
        """The OTA state, see states.py."""
        return self.ota.state

    @property
    def identity(self):
        """The product key and the device key by which the cloud knows the device."""
        product, device = self.config.get("productinfo"), self.config.get("dk_ds")
        return product[0] if product else "", device and device[0] or self.config.imei

    def rx(self, data):
        """Bytes from the MCU, in any slices. Without power they are lost."""
        if not self.powered:
            return
        if self.modes.echo:
            self._send(bytes([byte for byte in data if byte != _LF]))
        self._terminal.feed(data)

    def urc(self, text):
        """Send an unsolicited line (a test may send any)."""
        self._write(("\r\n%s\r\n" % text).encode(), text)

    def event(self, text):
        self.urc("+QIOTEVT: " + text)

    def after_response(self, fn, *args):
        """For what a command causes shortly after its OK."""
        self._life.after(self.options.event_ms, fn, *args)

    # Faults and power

    def refuse_next(self, count):
        """Answer ERROR to the next commands without looking at them."""
        self._refusals = count

    def reboot(self):
        """Power cut or crash, at any moment; RDY follows after boot_ms."""
        self._power_down()
        self._life.after(self.options.boot_ms, self._power_up)

    def power_down_soon(self):
        """AT+QPOWD: goes off after POWERED DOWN; reboot() switches it on."""
        self._life.after(_POWER_DOWN_MS, self._powered_down)

    def _powered_down(self):
        self.urc("POWERED DOWN")
        self._power_down()
        if self.options.restart_ms is not None:
            self._life.after(self.options.restart_ms, self._power_up)

    def _power_down(self):
        self._notify("power-down")
        self._life.end()
        self.powered = False
        self.link.power_down()
        self.ota.power_down()

    def _power_up(self):
        self._notify("power-up")
        self.powered = True
        self._start()
        for text in _STARTED:
            self.urc(text)
        self.ota.power_up(self.options.module_version)
        self.link.power_up()

    def _start(self):
        self.modes.restart()
        self._terminal.reset()
        self._queue = []

    def _flash(self, version):
        self.options.module_version = version
        self.reboot()

    # Commands

    def _received(self, line):
        text = _text(line)
        # V.250: what does not begin with AT is no command and gets no answer.
        if text[:2].upper() != "AT":
            return
        self._trace("TX", text)
        if self.modes.echo:
            self._trace("RX", text)
        self._queue.append(text)
        if len(self._queue) == 1:
            self._next()

    def _next(self):
        self._life.after(self._response_ms(self._queue[0]), self._execute)

    def _response_ms(self, text):
        options = self.options
        name = text[2:].split("=")[0].split("?")[0].upper()
        if name in options.slow.split():
            return options.slow_ms
        if options.response_max_ms > options.response_ms:
            return self._dice.between(options.response_ms, options.response_max_ms)
        return options.response_ms

    def _execute(self):
        try:
            reply = self._run(self._queue[0])
        except Refused as refusal:
            self._end([], refusal.args[0] if refusal.args else "ERROR")
            return
        if isinstance(reply, data_commands.Prompt):
            self._prompt(reply)
        else:
            self._end(reply)

    def _prompt(self, prompt):
        """Ask for data; it may never come, and then nothing else is answered (data_ms: until)."""

        def came(data):
            self._life.cancel(waiting)
            self._life.after(
                self._response_ms(self._queue[0]), lambda: self._end(*prompt.done(data))
            )

        def gone():
            self._terminal.reset()
            self._end([], "ERROR")

        waiting = self._life.after(self.options.data_ms, gone) if self.options.data_ms else None
        self._write(b"\r\n> ", ">")
        self._terminal.prompt(prompt.wanted, came)

    def _end(self, reply, final="OK"):
        """Answer the command in execution and begin with the next one."""
        self._answer(reply, final)
        self._queue.pop(0)
        if self._queue:
            self._next()

    def _run(self, text):
        if self._refusals:
            self._refusals -= 1
            raise Refused()
        name, form, args = parse(text[2:])
        if form == "=?" and self.options.test_form != "answer":
            return self._no_test_form()
        command = _COMMANDS.get((name, form))
        if len(text) > LINE_MAX:
            raise Refused()
        if command is None and form == "":
            return self.modes.basic(name) or []
        if command is None:
            raise Refused()
        return command(self, args)

    def _no_test_form(self):
        if self.options.test_form == "error":
            raise Refused()

    def _answer(self, reply, final):
        if reply is None:
            return
        if isinstance(reply, payload.Block):
            data = payload.response(reply, self.options, self.modes.final(final))
            self._write(data, payload.transcript(reply))
            return
        self._write(*self.modes.response(reply, final))

    def _write(self, data, text):
        self._trace("RX", text)
        self._send(data)

    def _trace(self, direction, text):
        if self.on_trace:
            self.on_trace(direction, text)


def _text(line):
    try:
        return line.decode()
    except UnicodeError:
        return ""  # noise
