"""`qsota recall`: a header that brings a version back, and what the other commands say of it."""

import json

import pytest

from qsota.update import package
from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.package import keys
from qsota_tools.package.delta.pair import make_delta
from qsota_tools.package.judge import whole
from qsota_tools.package.make import make_package
from qsota_tools.package.recall import make_recall
from qsota_tools.package.signing import sign

BOARD = boards.load("VIRTUAL")
OLD, NEW = (b"%s image" % name * 200 for name in (b"old", b"new"))


def of(image, version="1.0.0", **fields):
    return make_package(image, BOARD, "MCU", version, **fields)


@pytest.mark.parametrize("kind", [package.PLAIN, package.DEFLATE])
def test_it_names_the_image_of_the_package_and_has_no_payload(kind):
    data = make_recall(of(OLD, counter=4, kind=kind))
    header = package.parse(data)
    assert len(data) == package.HEADER_SIZE < 1000 and header.payload_size == 0
    assert header.image_sha256 == package.parse(of(OLD)).image_sha256
    assert (header.version, header.counter, header.flags) == ("1.0.0", 4, 0)


def test_an_image_that_came_as_a_delta_can_be_recalled_as_well():
    base = of(OLD)
    data = make_recall(make_delta(base, of(NEW, "1.1.0"), BOARD))
    assert package.parse(data).image_sha256 == package.parse(of(NEW)).image_sha256


def test_the_flag_for_a_downgrade_is_set_when_asked_for():
    assert package.parse(make_recall(of(OLD), True)).flags == package.ALLOW_DOWNGRADE


def test_what_is_no_package_cannot_be_recalled():
    with pytest.raises(UserError, match="not a package"):
        make_recall(b"x" * 2000)


def test_a_recall_of_a_recall_is_the_same():
    once = make_recall(of(OLD))
    assert make_recall(once) == once


@pytest.fixture
def pem(tmp_path):
    path = tmp_path / "key.pem"
    keys.save(keys.generate(), path)
    return path


def test_the_command_writes_it_signed_and_prints_the_upload_form(tmp_path, pem, capsys):
    old, out = tmp_path / "old.bin", tmp_path / "back.bin"
    old.write_bytes(of(OLD))
    command = ["recall", "--to", str(old), "-o", str(out), "--key", str(pem), "--json"]
    assert cli.main(command) == 0
    form = json.loads(capsys.readouterr().out)
    assert (form["package_type"], form["target_version"]) == ("full", "1.0.0")
    header = whole(out.read_bytes())
    assert header.kind == package.RECALL
    public = keys.modulus(keys.load_private(pem))
    list(package.signature_steps(header, out.read_bytes(), [public]))


def test_a_recall_of_a_signed_package_needs_a_key(tmp_path, pem, capsys):
    old, out = tmp_path / "old.bin", tmp_path / "back.bin"
    old.write_bytes(sign(of(OLD), keys.load_private(pem)))
    assert cli.main(["recall", "--to", str(old), "-o", str(out)]) == 1
    assert "take no recall without" in capsys.readouterr().err and not out.exists()


def test_inspect_explains_it(tmp_path, capsys):
    path = tmp_path / "back.bin"
    path.write_bytes(make_recall(of(OLD)))
    assert cli.main(["inspect", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "recall, 0 bytes" in shown and "in its spare slot" in shown


def test_a_delta_cannot_start_from_it(tmp_path, capsys):
    old, new = tmp_path / "old.bin", tmp_path / "new.bin"
    old.write_bytes(make_recall(of(OLD)))
    new.write_bytes(of(NEW, "1.1.0"))
    assert cli.main(["delta", str(old), str(new), "-o", str(tmp_path / "d.bin")]) == 1
    assert "a recall has no image" in capsys.readouterr().err
