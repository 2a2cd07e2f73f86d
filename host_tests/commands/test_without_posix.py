"""Systems that are not POSIX: what needs no pty and no VM works, the rest says what it needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qsota_tools import cli
from qsota_tools.common.paths import TOOLS

BUILD = "build node/app --board RPI_PICO --version"
WORKS = (
    "--version",
    "new node",
    f"{BUILD} 1 --payload plain -o old.bin",
    f"{BUILD} 2 -o new.bin",
    "keygen key.pem",
    "getpub key.pem",
    "sign new.bin --key key.pem",
    "inspect new.bin",
    "verify new.bin --key key.pem",
    "delta old.bin old.bin -o delta.bin",
    "boards",
    "boards RPI_PICO",
    "factory --board RPI_PICO -o flash.bin",
    "flash --board RPI_PICO --app old.bin --uf2 board.uf2",
    "devs",
    "completion bash",
    "sim --tcp 0 --timeout 0.1",
)
# They run the virtual board, or measure processes.
NOT_THERE = ("bench", "board", "campaign", "demo", "fleet", "prove")
HELPED = [f"{name} --help" for name in cli.COMMANDS if name not in NOT_THERE]
# What they say instead.
REFUSED = {
    "sim --link module": "a pty needs Linux or macOS",
    "board --flash f.bin --uart pty:uart": "`qsota board` needs Linux or macOS",
    "demo": "`qsota demo` needs Linux or macOS",
    "fleet --devices 2": "`qsota fleet` needs Linux or macOS",
    "emulated --image x.uf2": "`qsota emulated` needs Linux or macOS",
    "campaign --quick": "`qsota campaign` needs Linux or macOS",
    "status -q --port nowhere": "no board at nowhere",
    "doctor -q --module nowhere": "nowhere",
}
REFUSED |= {f"{name} --help": f"`qsota {name}` needs Linux or macOS" for name in NOT_THERE}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """line -> (exit code, output, complaints)"""
    script = Path(__file__).with_name("windows_like.py")
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, script, tmp_path_factory.mktemp("there")],
        input="\n".join([*WORKS, *HELPED, *REFUSED]),
        env={"PYTHONPATH": str(TOOLS), "PATH": "", "LOCALAPPDATA": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("line", [*WORKS, *HELPED])
def test_it_works_without_what_only_posix_has(found, line):
    code, _, complaints = found[line]
    assert code == 0, complaints


@pytest.mark.parametrize("line", REFUSED)
def test_what_it_cannot_do_there_it_says_in_one_sentence(found, line):
    code, _, complaints = found[line]
    assert code == 1 and REFUSED[line] in complaints
    assert complaints.startswith("qsota: ") and complaints.count("\n") == 1
    assert "a fault of qsota" not in complaints
