"""Compiled files of the library are kept for the next run, and never for another library."""

import os
import subprocess
import sys

import pytest

from qsota_tools.common.paths import FIRMWARE, library_sources
from qsota_tools.package import kept

SOURCE = "qsota/boot/record.py"


class Maker:
    def __init__(self, *codes):
        self.codes, self.made = list(codes), 0

    def __call__(self):
        self.made += 1
        return self.codes.pop(0)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    forget()
    yield tmp_path / "home" / "qsota"
    forget()


def forget():
    """As a new run does."""
    kept._named.cache_clear()
    kept._inputs.cache_clear()


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library of two files that may be changed."""
    folder = tmp_path / "firmware"
    (folder / "qsota" / "boot").mkdir(parents=True)
    for name in (SOURCE, "qsota/log.py"):
        (folder / name).write_text("a = 1\n")
    monkeypatch.setattr(kept, "FIRMWARE", folder)
    monkeypatch.setattr(kept, "library_sources", lambda: [SOURCE, "qsota/log.py"])
    return folder


def test_a_second_run_takes_what_the_first_one_made():
    make = Maker(b"code")
    assert kept.kept(SOURCE, make) == b"code"
    forget()
    assert kept.kept(SOURCE, make) == b"code" and make.made == 1


@pytest.mark.parametrize("changed", [SOURCE, "qsota/log.py"])
@pytest.mark.parametrize("same_run", [True, False])
def test_a_change_of_any_file_of_the_library_makes_all_of_it_anew(library, changed, same_run):
    make = Maker(b"old", b"new")
    kept.kept(SOURCE, make)
    (library / changed).write_text("a = 2\n")
    os.utime(library / changed, ns=(1, 1))
    if not same_run:
        forget()
    assert kept.kept(SOURCE, make) == b"new"


def test_a_file_that_moves_to_another_folder_is_a_change(library, monkeypatch):
    kept.kept("qsota/log.py", Maker(b"old"))
    forget()
    (library / "qsota" / "boot").rename(library / "qsota" / "command")
    monkeypatch.setattr(
        kept, "library_sources", lambda: ["qsota/command/record.py", "qsota/log.py"]
    )
    assert kept.kept("qsota/log.py", Maker(b"new")) == b"new"


def test_what_was_made_while_the_library_changed_is_not_kept(library):
    def make():
        (library / "qsota/log.py").write_text("a = 3\n")
        os.utime(library / "qsota/log.py", ns=(2, 2))
        return b"of both"

    assert kept.kept(SOURCE, make) == b"of both"
    (library / "qsota/log.py").write_text("a = 1\n")
    forget()
    assert kept.kept(SOURCE, Maker(b"of the first")) == b"of the first"


def test_another_compiler_makes_it_anew(monkeypatch):
    kept.kept(SOURCE, Maker(b"old"))
    forget()
    monkeypatch.setattr(kept, "_compiler", lambda: "MicroPython v1.99; mpy-cross emitting mpy v7")
    assert kept.kept(SOURCE, Maker(b"new")) == b"new"


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-1], lambda data: b"x" + data[1:], lambda data: b""]
)
def test_a_file_that_is_damaged_is_made_anew(home, spoil):
    kept.kept(SOURCE, Maker(b"code"))
    (path,) = home.glob("*/*")
    path.write_bytes(spoil(path.read_bytes()))
    assert kept.kept(SOURCE, Maker(b"made anew")) == b"made anew"
    assert kept.kept(SOURCE, Maker()) == b"made anew"


def test_a_home_that_nobody_can_write_to_costs_nothing_but_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert kept.kept(SOURCE, Maker(b"code")) == b"code"
    assert kept.kept(SOURCE, Maker(b"again")) == b"again"


def test_a_user_without_a_home_keeps_nothing(monkeypatch):
    def nobody():
        raise RuntimeError("Could not determine home directory.")

    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pathlib.Path.home", nobody)
    assert kept.kept(SOURCE, Maker(b"code")) == b"code"


@pytest.mark.slow
def test_runs_at_the_same_time_keep_it_together(home):
    command = "from qsota_tools.common import shim; shim.install();"
    command += "from qsota_tools.provision import pack; print(len(pack.library()['qsota.pack']))"
    runs = [
        subprocess.Popen([sys.executable, "-c", command], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    sizes = {run.communicate()[0] for run in runs}
    assert len(sizes) == 1 and int(sizes.pop()) and not any(run.returncode for run in runs)
    (folder,) = home.iterdir()
    assert {path.name for path in folder.iterdir()} <= {
        source.replace("/", "-") for source in library_sources()
    }


def test_libraries_that_are_not_used_any_more_go(home):
    for number in range(6):
        folder = home / f"library-{number}"
        folder.mkdir(parents=True)
        os.utime(folder, (number, number))
    kept.kept(SOURCE, Maker(b"code"))
    left = {path.name for path in home.iterdir()}
    assert len(left) == 4 and {"library-3", "library-4", "library-5"} < left
    assert (FIRMWARE / SOURCE).exists()
