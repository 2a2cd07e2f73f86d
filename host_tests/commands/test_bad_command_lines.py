"""What a command line can get wrong: one clear sentence and the documented exit code each time, no
traceback, nothing written."""

import os
import shlex
from pathlib import Path, PurePosixPath

import pytest
from cryptography.hazmat.primitives import serialization

from cases import some
from qsota_tools import boards, cli
from qsota_tools.common.paths import BOARDS
from qsota_tools.package import keys
from qsota_tools.package.image import image_of_files
from qsota_tools.package.make import make_package

# Files in the folder where each line is run.
IMAGE = image_of_files({PurePosixPath("a"): b"x" * 200})
FULL = make_package(IMAGE, boards.load("RPI_PICO"), "MCU", "1")
OTHER = make_package(b"other" * 50, boards.load("RPI_PICO2"), "MCU", "1")
USAGE, FAILED = 2, 1


def lines(name):
    """(command, message) of each line of that file that is no heading."""
    text = Path(__file__).with_name(name).read_text()
    wanted = [line for line in text.splitlines() if not line.startswith("#")]
    return [(command, message) for command, _, message in (w.partition(" | ") for w in wanted)]


NOT_UNDERSTOOD = lines("lines_not_understood.txt")
NOT_DONE = lines("lines_not_done.txt")


def pem(key, encryption=None):
    encryption = encryption or serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, encryption)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the lines name."""
    root = tmp_path_factory.mktemp("lines")
    key = keys.generate()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    content = {
        "full.bin": FULL,
        "other.bin": OTHER,
        "long.bin": FULL + b"x",
        "cut.bin": FULL[:-1],
        "flipped.bin": FULL[:-1] + bytes([FULL[-1] ^ 1]),
        "magic.bin": b"X" + FULL[1:],
        "text": b"hello",
        "key.pem": pem(key),
        "secret.pem": pem(key, serialization.BestAvailableEncryption(b"word")),
        "public.pem": public,
        "list.json": b"[]",
        "half.json": b'{"pk": "KEY"}',
        "bad.toml": (BOARDS / "RPI_PICO.toml").read_bytes().replace(b"[uart]", b"[art]"),
        "text.toml": b"hello",
        "latin.toml": b"title = '\xfc'",
        "app/main.py": b"x = 1\n",
        "node/app/main.py": b"x = 1\n",
        "broken/main.py": b"x = )\n",
        "keyed/main.py": b"x = 1\n",
        "keyed/release.pem": pem(key),
        "folder/letters": b"x",
    }
    for name, data in content.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    for name in ("empty", "folder.toml"):
        (root / name).mkdir()
    for name in ("fifo", "fifo.toml"):
        os.mkfifo(root / name)
    (root / "zero.toml").symlink_to("/dev/zero")
    with (root / "huge").open("wb") as file:
        file.truncate((256 << 20) + 1)
    return root


def tree(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name not in ("huge", "zero.toml")
    } | {str(path.relative_to(root)): None for path in root.rglob("*") if not path.is_file()}


def run(command, folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("qsota_tools.provision.repl_link._ABSENCE_S", 0.1)
    words = [word.replace("LONG", "x" * 65) for word in shlex.split(command)]
    try:
        return cli.main(words)
    except SystemExit as error:
        return error.code


def test_there_are_200_of_them():
    assert len(NOT_UNDERSTOOD + NOT_DONE) >= 200


@pytest.mark.parametrize(("command", "message"), NOT_UNDERSTOOD)
def test_a_line_that_cannot_be_understood(command, message, folder, monkeypatch, capsys):
    assert run(command, folder, monkeypatch) == USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert message in " ".join(err.split())
    assert err.splitlines()[-1].startswith("qsota")
    assert "Traceback" not in err


@pytest.mark.parametrize(("command", "message"), some(NOT_DONE, 3))
def test_a_line_that_cannot_be_done(command, message, folder, monkeypatch, capsys):
    before = tree(folder)
    assert run(command, folder, monkeypatch) == FAILED
    out, err = capsys.readouterr()
    assert message in out + err
    assert "Traceback" not in err
    assert command.startswith("boards") or err.startswith("qsota: ")
    after = tree(folder)
    made = after.keys() - before.keys()
    assert made <= {"f", "d", "x", "build"}  # a flash file that the next step has no use for
    assert {name: after[name] for name in before} == before
    for name in made:
        path = folder / name
        if path.is_file():
            path.unlink()
