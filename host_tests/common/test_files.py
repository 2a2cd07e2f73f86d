"""Writing a file: all of it is there afterwards, or what was before; never a part."""

import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile

import pytest

from qsota_tools.common import files
from qsota_tools.common.errors import UserError
from qsota_tools.common.locks import Lock
from qsota_tools.common.paths import PROGRAM, TOOLS

TEMPORARY = f"temporary files in {tempfile.gettempdir()}"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_made_and_replaced(tmp_path):
    path = tmp_path / "a"
    files.write(path, b"one")
    files.write(path, "zwölf\n")
    assert path.read_text() == "zwölf\n"
    assert names(tmp_path) == ["a"]


def test_a_new_file_is_for_whom_the_umask_says_and_an_old_one_stays_so(tmp_path):
    path = tmp_path / "a"
    before = os.umask(0o027)
    try:
        files.write(path, b"")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o600)
        files.write(path, b"x")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to("file")
    files.write(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"


@pytest.mark.parametrize("call", ["write", "flush", "fsync", "replace"])
def test_a_failure_at_any_step_leaves_what_was_there(tmp_path, monkeypatch, call):
    path = tmp_path / "a"
    path.write_bytes(b"before")

    def full(*_):
        raise OSError(28, "No space left on device", "/some/temporary/file")

    if call in ("write", "flush"):
        real = os.fdopen

        def opened(*args):
            file = real(*args)

            class Full:
                def __enter__(self):
                    return self

                def __exit__(self, *exc):
                    file.close()

                def __getattr__(self, name):
                    return full if name == call else getattr(file, name)

            return Full()

        monkeypatch.setattr(files.os, "fdopen", opened)
    elif call == "fsync":
        monkeypatch.setattr(files.os, "fsync", full)
    else:
        monkeypatch.setattr(files.Path, "replace", full)
    with pytest.raises(OSError) as caught:
        files.write(path, b"after")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"before"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("command", "name", "limit"),
    [
        (["build", "APP", "--board", "VIRTUAL", "--version", "1", "-o", "OUT"], "OUT", 100),
        (["factory", "--board", "VIRTUAL", "-o", "OUT"], "OUT", 1 << 17),
        (["flash", "--board", "RPI_PICO", "--uf2", "OUT"], "OUT", 1 << 17),
        (["keygen", "NEW"], "NEW", 100),
        # What is compiled lies in temporary files.
        (["build", "APP", "--board", "VIRTUAL", "--version", "1", "-o", "OUT"], TEMPORARY, 5),
        (["new", "EMPTY"], "EMPTY/.gitignore", 20),
    ],
)
def test_a_limit_on_the_size_of_files_costs_nothing(tmp_path, command, name, limit):
    (tmp_path / "APP").mkdir()
    (tmp_path / "APP" / "main.py").write_text("x = 1\n")
    (tmp_path / "OUT").write_bytes(b"before")
    (tmp_path / "EMPTY").mkdir()
    before = names(tmp_path)
    process = subprocess.run(
        [*PROGRAM, *command, "-q"],  # however slow this host is
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(TOOLS)},
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert (process.returncode, process.stderr) == (1, f"qsota: {name}: File too large\n")
    assert (tmp_path / "OUT").read_bytes() == b"before"
    assert names(tmp_path) == before and names(tmp_path / "EMPTY") == []


def test_a_folder_for_temporary_files_that_is_full_is_named(monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError) as caught, files.scratch() as folder:
        (folder / "a").write_bytes(b"x")
        monkeypatch.setattr(files.os, "write", full)
        files.os.write(0, b"x")
    assert caught.value.filename == f"temporary files in {folder.parent}"
    assert not folder.exists()


def test_no_room_for_temporary_files_at_all_is_told(monkeypatch):
    def nowhere(*args, **kwargs):
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(files.tempfile, "TemporaryDirectory", nowhere)
    with pytest.raises(UserError, match="temporary files: No usable .*; TMPDIR names another"):
        files.scratch().__enter__()


def test_a_command_that_is_killed_while_it_writes_leaves_what_was_there(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"before")
    script = (
        "import os, pathlib, signal; from qsota_tools.common import files\n"
        "files.os.fsync = lambda number: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"files.write(pathlib.Path({str(path)!r}), b'after' * 1000)"
    )
    environment = {**os.environ, "PYTHONPATH": str(TOOLS)}
    process = subprocess.run([sys.executable, "-c", script], env=environment)
    assert process.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: os.mkfifo(path), "a FIFO"),
        (lambda path: path.symlink_to("/dev/null"), "a device"),
    ],
)
def test_what_is_no_file_is_neither_read_nor_replaced(tmp_path, make, what):
    path = tmp_path / "odd"
    make(path)
    with pytest.raises(UserError, match=f"odd is {what}, not a file"):
        files.write(path, b"x")
    with pytest.raises(UserError, match=f"odd is {what}, not a file"):
        files.read(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate((256 << 20) + 1)
    with pytest.raises(UserError, match="huge: 268435457 bytes are too many"):
        files.read(path)


def test_a_file_without_the_right_to_write_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"before")
    monkeypatch.setattr(files.os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError) as caught:
        files.write(path, b"after")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"before"


def test_a_file_that_another_program_holds_is_not_replaced(tmp_path):
    path = tmp_path / "flash.bin"
    path.write_bytes(b"before")
    lock = Lock(path, str(path))
    with pytest.raises(UserError, match=f"{path} is in use by another qsota"):
        files.write(path, b"after")
    assert path.read_bytes() == b"before"
    lock.release()
    files.write(path, b"after")
    assert path.read_bytes() == b"after"


def test_an_output_that_is_an_input_is_refused_by_whatever_name(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x")
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(UserError, match="link would be overwritten"):
        files.check_output(tmp_path / "link", None, path)
    files.check_output(tmp_path / "new", None, path)


def test_a_folder_with_the_files_of_somebody_else_is_not_cleared(tmp_path):
    work = tmp_path / "work"
    files.clear_work(work)
    (work / "a").write_bytes(b"x")
    files.clear_work(work)
    assert not (work / "a").exists()
    home = tmp_path / "home"
    home.mkdir()
    (home / "letters").write_bytes(b"x")
    with pytest.raises(UserError, match="home holds other files"):
        files.clear_work(home)
    assert (home / "letters").exists()
