"""An MCU at a simulated module, as simple as can be; and `qsota sim` in a process of its own."""

import json
import os
import subprocess
import time

import serial

from qsota_tools.common.paths import PROGRAM, TOOLS

SEED_SIZE = 27954
QUICK = ["--baud", "0", "--option", "connect_ms=20", "--timeout", "30"]


class Mcu:
    """What a simple firmware does: one command at a time, events remembered."""

    def __init__(self, url):
        self._serial = serial.serial_for_url(str(url), 115200, timeout=5)
        self._events = []

    def close(self):
        self._serial.close()

    def line(self):
        text = self._serial.readline()
        assert text.endswith(b"\n"), f"silence after {text!r}"
        return text.strip().decode()

    def at(self, command):
        """The lines of the response, with its final result code."""
        self._serial.write(command.encode() + b"\r\n")
        lines = []
        while not lines or lines[-1] not in ("OK", "ERROR"):
            text = self.line()
            if text.startswith("+QIOTEVT"):
                self._events.append(text)
            elif text and text != command:
                lines.append(text)
        return lines

    def event(self, code):
        """Wait for an event with that code."""
        while True:
            text = self._events.pop(0) if self._events else self.line()
            if f",{code}" in text:
                return text

    def read(self, start, length):
        self._serial.write(b"AT+QIOTOTARD=%d,%d\r\n" % (start, length))
        while not (text := self.line()).startswith("+QIOTOTARD: "):
            assert text != "ERROR"
        at, count = map(int, text[12:].split(","))
        assert at == start
        data = self._serial.read(count)
        while self.line() != "OK":
            pass
        return data

    def connect(self):
        self.at("AT+QIOTREG=1")
        self.event("10200")
        while "3,10200" not in self.event("10200"):
            pass

    def accept(self):
        """Ask for the plan, confirm it and wait for the block; the bytes to read."""
        assert self.at("AT+QIOTOTAREQ=1") == ["OK"]
        self.event(10700)
        time.sleep(0.1)
        assert self.at("AT+QIOTUPDATE=1") == ["OK"]
        return int(self.event(10703).split(",")[-1])

    def read_all(self, size, start=0):
        data = b""
        while len(data) < size - start:
            data += self.read(start + len(data), 1024)
        return data

    def finish(self, name, version, code):
        assert self.at("AT+QIOTUPDATE=3") == ["OK"]
        self.event(10704)
        assert self.at(f'AT+QIOTMCUVER="{name}","{version}"') == ["OK"]
        self.event(code)

    def upgrade(self, name, version, code=10705):
        data = self.read_all(self.accept())
        self.finish(name, version, code)
        return data


class Sim:
    """The command in a process of its own."""

    def __init__(self, *args):
        command = [*PROGRAM, "sim", *map(str, args)]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": str(TOOLS)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self.process.stdout.readline()
        self.port = json.loads(first)["port"] if "--json" in args else first.split(" at ")[1][:-1]

    def end(self):
        """(exit code, standard output) once it has ended by itself."""
        out, err = self.process.communicate(timeout=40)
        assert err == ""
        return self.process.returncode, out

    def events(self):
        code, out = self.end()
        return code, [json.loads(line) for line in out.splitlines()]


def plain(path, component="STM32", target="2_0_0"):
    return ["--package", path, "--component", component, "--target", target]
