"""The console as a program: the largest upload goes through its memory in pieces."""

import re
from pathlib import Path

import pytest
from console_requests import ask

MB = 1 << 20


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_100_mb_are_uploaded_with_less_than_150_mb_of_memory(start_program):
    process, port = start_program()
    pieces = (bytes([number]) * MB for number in range(100))
    status, answer = ask(port, "POST", "/api/v1/files?name=app.bin", pieces)
    assert status == 201 and answer["size"] == 100 * MB
    found = Path(f"/proc/{process.pid}/status").read_text()
    assert int(re.search(r"VmHWM:\s+(\d+) kB", found)[1]) < 150 * 1024
