"""`qsota build`: images and packages out of application directories."""

import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest

from qsota.update import package
from qsota_tools import boards, cli
from qsota_tools.common.crc import crc32_mpeg2
from qsota_tools.common.errors import UserError
from qsota_tools.package.image import build_image, image_files
from qsota_tools.package.make import make_package
from qsota_tools.virtual.vm_process import find_micropython

BOARD = boards.load("VIRTUAL")


@pytest.fixture
def app(tmp_path):
    directory = tmp_path / "app"
    (directory / "lib" / "sensor").mkdir(parents=True)
    (directory / "main.py").write_text("from sensor import read\nprint('read', read())\n")
    (directory / "lib" / "sensor" / "__init__.py").write_text("def read():\n    return 21\n")
    (directory / "table.csv").write_bytes(b"1,2\n")
    return directory


def run_micropython(script):
    command = [find_micropython(), "-c", script]
    return subprocess.run(command, capture_output=True, text=True).stdout


def names(image):
    return [path for path, _ in image_files(image)]


def test_sources_are_compiled_and_other_files_copied(app):
    image = build_image(app)
    assert names(image) == ["lib/sensor/__init__.mpy", "main.mpy", "table.csv"]
    assert dict(image_files(image))["table.csv"] == b"1,2\n"


def test_the_image_runs_from_a_native_romfs(app, tmp_path):
    path = tmp_path / "image"
    path.write_bytes(build_image(app))
    script = (
        f"import sys, vfs; vfs.mount(vfs.VfsRom(open({str(path)!r}, 'rb').read()), '/app');"
        "sys.path[:0] = ['/app', '/app/lib']; import main; print(main.__file__)"
    )
    assert run_micropython(script).split() == ["read", "21", "/app/main.mpy"]


def test_asserts_and_line_numbers_survive(app, tmp_path):
    # A self-test may consist of asserts; without them every image would pass it.
    (app / "main.py").write_text("x = 1\n\nassert x == 2, 'self-test'\n")
    path = tmp_path / "image"
    path.write_bytes(build_image(app))
    script = (
        f"import sys, vfs; vfs.mount(vfs.VfsRom(open({str(path)!r}, 'rb').read()), '/app');"
        "sys.path.insert(0, '/app'); import main"
    )
    shown = run_micropython(script)
    assert 'File "main.py", line 3' in shown
    assert "AssertionError: self-test" in shown


def test_the_same_application_gives_the_same_bytes_anywhere(app, tmp_path):
    copy = shutil.copytree(app, tmp_path / "elsewhere" / "deep" / "copy")
    for path in copy.rglob("*"):
        os.utime(path, (0, 0))
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "main.pyc").write_bytes(b"x")
    (copy / ".git").mkdir()
    (copy / ".git" / "config").write_bytes(b"x")
    (copy / ".env").write_bytes(b"secret")
    (copy / "empty").mkdir()
    assert build_image(copy) == build_image(app)


def test_a_compiled_main_is_enough(app):
    (app / "main.py").unlink()
    (app / "main.mpy").write_bytes(b"M\x06\x00\x1f")
    assert "main.mpy" in names(build_image(app))


@pytest.mark.parametrize("prepare", [lambda d: (d / "main.py").unlink(), shutil.rmtree])
def test_without_a_main_there_is_no_application(app, prepare):
    prepare(app)
    with pytest.raises(UserError, match="has no main.py|is not a directory"):
        build_image(app)


def test_a_syntax_error_is_shown_with_file_and_line(app):
    (app / "lib" / "sensor" / "__init__.py").write_text("def read():\n    return )\n")
    with pytest.raises(UserError) as caught:
        build_image(app)
    assert 'File "lib/sensor/__init__.py", line 2' in str(caught.value)
    assert "SyntaxError" in str(caught.value)


def test_native_code_is_refused_because_it_would_tie_the_package_to_one_core(app):
    (app / "main.py").write_text("import micropython\n@micropython.native\ndef f(): pass\n")
    with pytest.raises(UserError, match="main.py does not compile"):
        build_image(app)


def test_two_files_that_become_one_are_refused(app):
    (app / "main.mpy").write_bytes(b"M\x06\x00\x1f")
    with pytest.raises(UserError, match="would both become main.mpy"):
        build_image(app)


def test_a_file_name_that_romfs_cannot_hold_is_refused(app):
    (app / "größe.txt").write_bytes(b"")
    with pytest.raises(UserError, match="größe.txt: ROMFS names are ASCII"):
        build_image(app)


def test_a_package_is_a_header_and_the_image(app):
    image = build_image(app)
    data = make_package(image, BOARD, "MCU", "1.2.3", counter=5, allow_downgrade=True)
    header = package.parse(data)
    assert data[package.HEADER_SIZE :] == image
    assert header.image_sha256 == hashlib.sha256(image).digest()
    assert (header.board, header.component, header.version) == ("VIRTUAL", "MCU", "1.2.3")
    assert (header.counter, header.flags) == (5, package.ALLOW_DOWNGRADE)
    slot_size = BOARD["areas"]["slot_a"][1]
    package.check_for(header, "VIRTUAL", "MCU", "1.2.3", slot_size, len(data))


@pytest.mark.parametrize(
    ("component", "version", "problem"),
    [
        ("", "1.0", "component: must be 1 to 32 characters, not 0"),
        ("x" * 33, "1.0", "component: must be 1 to 32 characters, not 33"),
        ("MCU", "1" * 65, "version: must be 1 to 64 characters, not 65"),
        ("MCU", "1.0;2", "version: ';' is not allowed, the cloud takes only the characters A-Z"),
        ("MC:U", "1.0", "component: ':' is not allowed"),
        ("MCU", "v1 b", "version: ' ' is not allowed"),
    ],
)
def test_a_name_that_the_cloud_would_refuse(component, version, problem):
    with pytest.raises(UserError) as caught:
        make_package(b"image", BOARD, component, version)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize("counter", [-1, 1 << 32])
def test_a_counter_that_does_not_fit_the_header(counter):
    with pytest.raises(UserError, match="counter: must be from 0 to 4294967295"):
        make_package(b"image", BOARD, "MCU", "1.0", counter)


def test_the_largest_image_fills_the_slot():
    largest = BOARD["areas"]["slot_a"][1] - package.HEADER_SIZE
    assert len(make_package(bytes(largest), BOARD, "MCU", "1.0")) == 262144
    with pytest.raises(UserError, match="is 1 bytes larger than a slot of VIRTUAL .262144 bytes"):
        make_package(bytes(largest + 1), BOARD, "MCU", "1.0")


def build(app, *options):
    return cli.main(["build", str(app), "--board", "VIRTUAL", "--version", "1.0.0", *options])


def test_the_command_prints_what_the_upload_form_needs(app, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert build(app) == 0
    data = (tmp_path / "MCU_VIRTUAL_1.0.0.bin").read_bytes()
    shown = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()[-4:])
    assert shown == {
        "size": str(len(data)),
        "md5": hashlib.md5(data).hexdigest(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "crc32": f"mpeg2     {crc32_mpeg2(data):08x}",
    }


def test_the_command_as_json(app, tmp_path, capsys):
    path = tmp_path / "out.bin"
    assert build(app, "--component", "STM32", "-o", str(path), "--json") == 0
    form = json.loads(capsys.readouterr().out)
    assert form["file"] == str(path)
    assert form["name"] == "out"
    assert form["component_type"] == "MCU (SOTA)"
    assert form["package_type"] == "full"
    assert (form["component"], form["target_version"]) == ("STM32", "1.0.0")
    assert form["size"] == path.stat().st_size


def test_a_refusal_is_one_line_and_leaves_no_file(app, tmp_path, capsys):
    path = tmp_path / "out.bin"
    assert build(app, "--component", "a b", "-o", str(path)) == 1
    assert capsys.readouterr().err.startswith("qsota: component: ' ' is not allowed")
    assert not path.exists()


def test_an_unknown_board_lists_the_known_ones(app, capsys):
    assert cli.main(["build", str(app), "--board", "ARDUINO", "--version", "1"]) == 1
    assert f"there are {', '.join(boards.known())}" in capsys.readouterr().err


def test_an_output_that_cannot_be_written(app, tmp_path, capsys):
    assert build(app, "-o", str(tmp_path / "missing" / "out.bin")) == 1
    assert "No such file or directory" in capsys.readouterr().err


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert all(re.search(rf"^    {name}\s", shown, re.MULTILINE) for name in cli.COMMANDS)


def test_without_arguments_the_help_is_shown(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([])
    assert caught.value.code == 0
    assert "usage: qsota" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["biuld"], ["build"]])
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: qsota" in capsys.readouterr().err


def test_an_error_of_the_system_without_a_file_is_shown_as_it_is(monkeypatch, capsys):
    def failing(args):
        raise OSError("the port is gone")

    monkeypatch.setattr("qsota_tools.commands.boards.run", failing)
    assert cli.main(["boards"]) == 1
    assert capsys.readouterr().err == "qsota: the port is gone\n"


def test_an_interrupted_command_exits_like_one(monkeypatch):
    def interrupted(args):
        raise KeyboardInterrupt

    monkeypatch.setattr("qsota_tools.commands.boards.run", interrupted)
    assert cli.main(["boards"]) == 130


def test_the_check_value_of_crc32_mpeg2():
    assert crc32_mpeg2(b"123456789") == 0x0376E6E7
    assert crc32_mpeg2(b"") == 0xFFFFFFFF
