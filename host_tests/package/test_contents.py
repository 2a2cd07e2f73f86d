"""`qsota build`: what of an application's folder goes into a package, and what never does."""

import json
import os
import struct

import pytest
from cryptography.hazmat.primitives import serialization

from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.package import contents, keys
from qsota_tools.package.image import build_image, image_files
from qsota_tools.package.make import make_package

BOARD = boards.load("VIRTUAL")


@pytest.fixture
def app(tmp_path):
    directory = tmp_path / "app"
    directory.mkdir()
    (directory / "main.py").write_text("print('hello')\n")
    return directory


@pytest.fixture
def build(app, tmp_path, capsys):
    """build(*options): (exit code, standard output, standard error, package)."""
    out = tmp_path / "out.bin"

    def run(*options):
        command = ["build", str(app), "--board", "VIRTUAL", "--version", "1", "-o", str(out)]
        code = cli.main([*command, *map(str, options)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err, out

    return run


def packed(directory):
    return [path for path, _ in image_files(build_image(directory))]


def put(directory, name, content=b"x"):
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# What stays out


@pytest.mark.parametrize(
    "name",
    [
        *("main.py~", "main.py.bak", "#main.py#", "main.py.orig", ".main.py.swp", "notes.tmp"),
        *("main.pyc", "__pycache__/main.cpython-311.pyc", "main.pyi", "lib/__pycache__/x.pyc"),
        *("Thumbs.db", "desktop.ini", ".DS_Store", ".git/config", ".env"),
        *("tests/test_main.py", "lib/sensor/tests/data.csv"),
    ],
)
def test_droppings_and_tests_stay_out(app, name):
    put(app, name)
    assert packed(app) == ["main.mpy"]


def test_a_file_of_ones_own_says_what_else_stays_out(app):
    for name in ("notes.md", "doc/a.txt", "data/a.csv", "lib/data/b.csv", "raw/keep.csv"):
        put(app, name)
    put(app, ".qsotaignore", b"# not for the board\n*.md\ndoc/\n\n/data/\nraw/*\n!raw/keep.csv\n")
    assert packed(app) == ["lib/data/b.csv", "main.mpy", "raw/keep.csv"]


def test_a_default_can_be_taken_back(app):
    put(app, "tests/selftest.csv")
    put(app, ".qsotaignore", b"!tests/\n")
    assert packed(app) == ["main.mpy", "tests/selftest.csv"]


def test_what_goes_in_is_listed_with_its_size_and_so_is_what_does_not(app, build):
    put(app, "table.csv", b"1,2\n")
    put(app, "main.py~")
    put(app, "tests/test_main.py")
    code, out, _, _ = build()
    assert code == 0
    assert "        4  table.csv\n" in out
    assert "left out: main.py~, tests/\n" in out
    form = json.loads(build("--json")[1])
    assert form["files"]["table.csv"] == 4
    assert form["left_out"] == ["main.py~", "tests/"]


# What is refused


def private_keys():
    key = keys.generate()
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        for form in (
            serialization.PrivateFormat.PKCS8,
            serialization.PrivateFormat.TraditionalOpenSSL,
        ):
            yield key.private_bytes(encoding, form, serialization.NoEncryption())
    secret = serialization.BestAvailableEncryption(b"word")
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        yield key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, secret)
    openssh = serialization.PrivateFormat.OpenSSH
    yield key.private_bytes(serialization.Encoding.PEM, openssh, serialization.NoEncryption())


def test_a_private_key_never_travels_with_a_package_whatever_its_form_and_name(app, build):
    for data in private_keys():
        for name in ("release.pem", "lib/table.bin"):
            path = put(app, name, data)
            code, _, err, out = build()
            assert code == 1
            assert f"{path} holds a private key" in err
            assert not out.exists()
            path.unlink()


def test_a_key_inside_of_a_source_is_one_too(app, build):
    (key, *_) = private_keys()
    put(app, "main.py", b'KEY = """' + key + b'"""\n')
    assert "main.py holds a private key" in build()[2]


def test_a_certificate_is_no_private_key(app):
    put(app, "ca.pem", b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    put(app, "zero.bin", b"0" * 100)
    assert packed(app) == ["ca.pem", "main.mpy", "zero.bin"]


def test_a_package_is_not_packed_into_a_package(app, build):
    path = put(app, "old.bin", make_package(b"image" * 100, BOARD, "MCU", "1"))
    assert f"{path} is a package itself" in build()[2]
    put(app, ".qsotaignore", b"*.bin\n")
    assert build()[0] == 0


def test_an_output_inside_of_the_application_is_refused(app, build, capsys, monkeypatch):
    source = (app / "main.py").read_bytes()
    code, _, err, _ = build("-o", app / "main.py")
    assert code == 1 and "would be part of the next package" in err
    assert (app / "main.py").read_bytes() == source
    monkeypatch.chdir(app)
    assert cli.main(["build", ".", "--board", "VIRTUAL", "--version", "1"]) == 1
    assert [path.name for path in app.iterdir()] == ["main.py"]


def test_an_output_that_is_an_input_is_refused(app, build, tmp_path):
    pem = tmp_path / "key.pem"
    keys.save(keys.generate(), pem)
    before = pem.read_bytes()
    code, _, err, _ = build("--key", pem, "-o", pem)
    assert code == 1 and "would be overwritten" in err
    assert pem.read_bytes() == before


# What cannot be packed is said, not left out


def test_a_linked_folder_is_packed(app, tmp_path):
    put(tmp_path, "shared/sensor.py", b"x = 1\n")
    (app / "lib").symlink_to(tmp_path / "shared")
    assert packed(app) == ["lib/sensor.mpy", "main.mpy"]


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: path.symlink_to("nowhere"), "a link to nothing"),
        (lambda path: path.symlink_to(path.parent), "a link to a folder around it"),
        (lambda path: os.mkfifo(path), "no file and no folder"),
        (lambda path: path.symlink_to("/dev/zero"), "no file and no folder"),
    ],
)
def test_what_cannot_be_packed_is_an_error_and_can_be_left_out(app, build, make, what):
    make(app / "odd")
    code, _, err, out = build()
    assert code == 1 and f"{app / 'odd'} cannot be packed: it is {what}" in err
    assert not out.exists()
    put(app, ".qsotaignore", b"odd\n")
    assert build()[0] == 0


@pytest.mark.parametrize("name", ["größe.txt", "a\tb.txt", "a\nb"])
def test_a_name_that_romfs_cannot_hold(app, name):
    put(app, name)
    with pytest.raises(UserError, match="ROMFS names are ASCII"):
        build_image(app)


def test_more_files_than_a_board_starts_with(app, monkeypatch):
    monkeypatch.setattr(contents, "FILES_MAX", 3)
    for name in "ab":
        put(app, name)
    assert len(packed(app)) == 3
    put(app, "c")
    with pytest.raises(UserError, match="4 files are too many: a board starts with 3"):
        build_image(app)


# Compiled files


def mpy(version=6, arch=0, bits=31):
    return struct.pack("4B", ord("M"), version, arch << 2, bits) + b"\x01\x00"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"not an mpy", "is no .mpy file"),
        (b"M\x06", "is no .mpy file"),
        (mpy(version=5), "is .mpy version 5, boards take 6"),
        (mpy(version=7), "is .mpy version 7, boards take 6"),
        (mpy(arch=4), "holds native code"),
        (mpy(arch=10), "holds native code"),
        (mpy(bits=63), "is compiled for numbers of 63 bits"),
    ],
)
def test_a_compiled_file_that_the_board_would_not_import(app, data, problem):
    put(app, "driver.mpy", data)
    with pytest.raises(UserError, match=problem):
        build_image(app)


def test_a_compiled_file_for_every_board_is_packed_as_it_is(app):
    put(app, "driver.mpy", mpy())
    assert dict(image_files(build_image(app)))["driver.mpy"] == mpy()


# Names that hide others


@pytest.mark.parametrize("place", ["", "lib/"])
@pytest.mark.parametrize("name", ["asyncio.py", "hashlib.py", "time.py", "json/__init__.py"])
def test_a_module_that_hides_one_which_the_updater_needs(app, name, place):
    put(app, place + name, b"x = 1\n")
    with pytest.raises(UserError, match="which the updater needs: rename it"):
        build_image(app)


def test_a_module_that_micropython_never_imports(app):
    put(app, "math.py", b"x = 1\n")
    with pytest.raises(UserError, match="math.mpy: MicroPython never imports it"):
        build_image(app)


def test_a_module_that_hides_another_is_told(app, build):
    put(app, "random.py", b"x = 1\n")
    code, _, err, _ = build()
    assert code == 0
    assert "warning: random.mpy takes the place of MicroPython's own random" in err


def test_modules_inside_of_packages_and_data_hide_nothing(app):
    put(app, "drivers/time.py", b"x = 1\n")
    put(app, "lib/drivers/json.py", b"x = 1\n")
    put(app, "time.csv")
    assert len(packed(app)) == 4


def test_the_names_that_the_library_needs_are_those_that_it_imports():
    import ast

    from qsota_tools.common.paths import FIRMWARE

    imported = set()
    for path in FIRMWARE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    assert imported - {"qsota", "main"} <= contents._NEEDED | contents._FIXED


def test_a_folder_above_the_application_says_where_it_is(tmp_path, app):
    with pytest.raises(UserError, match=f"has no main.py.*do you mean {app}"):
        build_image(tmp_path)
