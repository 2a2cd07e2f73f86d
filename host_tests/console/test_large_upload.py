"""The console as a program: the largest upload goes through its memory in pieces."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

MB = 1 << 20
STARTS_S = 120


@pytest.fixture
def program(tmp_path):
    """(process, port) of a console in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "qsota_tools", "center", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--data", str(tmp_path)], stdout=subprocess.DEVNULL
    ) as process:
        end = time.monotonic() + STARTS_S
        while not answers(port):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.2)
        yield process, port
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, 130)


def answers(port):
    try:
        return ask(port, "GET", "/api/v1/clock")[0] == 200
    except OSError:
        return False


def ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request(method, path, body)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_100_mb_are_uploaded_with_less_than_150_mb_of_memory(program):
    process, port = program
    pieces = (bytes([number]) * MB for number in range(100))
    status, answer = ask(port, "POST", "/api/v1/files?name=app.bin", pieces)
    assert status == 201 and answer["size"] == 100 * MB
    found = Path(f"/proc/{process.pid}/status").read_text()
    assert int(re.search(r"VmHWM:\s+(\d+) kB", found)[1]) < 150 * 1024
