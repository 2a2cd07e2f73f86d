"""`qsota delta` and `qsota build --base`: from one version to the next."""

import json
import shutil
import time

import pytest

from qsota.update import package
from qsota_tools import boards, cli
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import EXAMPLES
from qsota_tools.package import keys, payload
from qsota_tools.package.delta.pair import make_delta
from qsota_tools.package.image import build_image
from qsota_tools.package.make import make_package

BOARD = boards.load("VIRTUAL")


def full(example, version, **options):
    return make_package(build_image(EXAMPLES / example), BOARD, "MCU", version, **options)


@pytest.fixture(scope="module")
def old():
    return full("sensor_node_1_0_0", "1_0_0", kind=package.DEFLATE)


@pytest.fixture(scope="module")
def new():
    return full("sensor_node_2_0_0", "2_0_0", counter=4, allow_downgrade=True)


@pytest.fixture
def files(tmp_path, old, new):
    paths = tmp_path / "old.bin", tmp_path / "new.bin", tmp_path / "delta.bin"
    paths[0].write_bytes(old)
    paths[1].write_bytes(new)
    return paths


def test_a_delta_is_the_new_version_for_devices_with_the_old_one(old, new):
    data = make_delta(old, new, BOARD)
    header = package.parse(data)
    assert payload.image_of(data, payload.image_of(old)) == payload.image_of(new)
    assert header.base_sha256 == package.parse(old).image_sha256
    assert header.base_size == package.parse(old).image_size
    assert (header.version, header.counter) == ("2_0_0", 4)
    assert header.flags == package.ALLOW_DOWNGRADE
    assert len(data) < len(new)


def test_packages_that_do_not_belong_together(old, new):
    other = make_package(payload.image_of(old), BOARD, "BLE", "1_0_0")
    with pytest.raises(UserError, match="the base is a package for BLE of VIRTUAL, not for MCU"):
        make_delta(other, new, BOARD)
    with pytest.raises(UserError, match="the packages are for VIRTUAL, not for RPI_PICO"):
        make_delta(old, new, boards.load("RPI_PICO"))


def test_a_delta_cannot_start_from_a_delta(old, new):
    delta = make_delta(old, new, BOARD)
    with pytest.raises(UserError, match="only with the package that it starts from"):
        make_delta(delta, new, BOARD)


def test_the_command(files, capsys):
    source, target, output = map(str, files)
    assert cli.main(["delta", source, target, "-o", output, "--json"]) == 0
    form = json.loads(capsys.readouterr().out)
    assert form["package_type"] == "delta"
    assert (form["source_version"], form["target_version"]) == ("1_0_0", "2_0_0")
    assert form["size"] == files[2].stat().st_size


def test_a_signed_delta(files, tmp_path):
    source, target, output = map(str, files)
    pem = tmp_path / "key.pem"
    keys.save(keys.generate(), pem)
    assert cli.main(["delta", source, target, "-o", output, "--key", str(pem)]) == 0
    assert cli.main(["verify", output, "--key", str(pem)]) == 0


def test_a_file_that_is_no_package(files, capsys):
    files[0].write_bytes(b"hello")
    source, target, output = map(str, files)
    assert cli.main(["delta", source, target, "-o", output]) == 1
    assert (
        f"{source}: truncated at byte 5: the header alone has 768 bytes" in capsys.readouterr().err
    )
    assert not files[2].exists()


@pytest.mark.parametrize("which", [0, 1])
def test_an_output_that_is_an_input_is_refused(files, which, capsys):
    before = files[which].read_bytes()
    assert cli.main(["delta", *map(str, files[:2]), "-o", str(files[which])]) == 1
    assert "would be overwritten" in capsys.readouterr().err
    assert files[which].read_bytes() == before


# --- in one go from the application


def build(tmp_path, *options):
    app = tmp_path / "app"
    shutil.copytree(EXAMPLES / "sensor_node_2_0_0", app, dirs_exist_ok=True)
    command = ["build", str(app), "--board", "VIRTUAL", "--version", "2_0_0"]
    return cli.main([*command, *map(str, options)])


def test_build_makes_a_delta_from_a_base(files, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert build(tmp_path, "--base", files[0]) == 0
    data = (tmp_path / "MCU_VIRTUAL_2_0_0_from_1_0_0.bin").read_bytes()
    image = build_image(EXAMPLES / "sensor_node_2_0_0")
    assert payload.image_of(data, payload.image_of(files[0].read_bytes())) == image
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    shown = shown[[line[:1] for line in shown].index(["PAYLOAD"]) :]
    sizes = {line[0]: int(line[1]) for line in shown[1:4]}
    assert sizes["delta"] == len(data) < sizes["deflate"] < sizes["plain"]
    assert shown[3][-3:] == ["<-", "this", "one"]
    assert ["source", "version", "1_0_0"] in shown


@pytest.mark.parametrize(
    ("choice", "kind"),
    [("plain", package.PLAIN), ("deflate", package.DEFLATE), ("auto", package.DEFLATE)],
)
def test_build_makes_the_payload_that_is_asked_for(choice, kind, tmp_path):
    assert build(tmp_path, "--payload", choice, "-o", tmp_path / "out.bin") == 0
    assert package.parse((tmp_path / "out.bin").read_bytes()).kind == kind


def test_auto_keeps_an_image_plain_that_does_not_get_smaller(tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.mpy").write_bytes(b"M\x06\x00\x1f")
    out = tmp_path / "out.bin"
    command = ["build", str(app), "--board", "VIRTUAL", "--version", "1", "-o", str(out)]
    assert cli.main(command) == 0
    assert package.parse(out.read_bytes()).kind == package.PLAIN


def test_build_signs(tmp_path):
    pem = tmp_path / "key.pem"
    keys.save(keys.generate(), pem)
    out = tmp_path / "out.bin"
    assert build(tmp_path, "--key", pem, "-o", out) == 0
    assert cli.main(["verify", str(out), "--key", str(pem)]) == 0


def test_build_refuses_a_base_for_another_board(files, tmp_path, capsys):
    image = payload.image_of(files[0].read_bytes())
    files[0].write_bytes(make_package(image, boards.load("RPI_PICO"), "MCU", "1"))
    assert build(tmp_path, "--base", files[0]) == 1
    assert "the base is a package for MCU of RPI_PICO" in capsys.readouterr().err


@pytest.mark.parametrize(("seconds", "told"), [(0.0, False), (1.3, True)])
def test_a_search_that_takes_longer_than_a_second_is_not_silent(
    files, monkeypatch, capsys, seconds, told
):
    def slow(*args):
        time.sleep(seconds)
        return make_delta(*args)

    monkeypatch.setattr("qsota_tools.common.progress._PATIENCE_S", 1.0 if told else 60)
    monkeypatch.setattr("qsota_tools.commands.delta.make_delta", slow)
    assert cli.main(["delta", *map(str, files[:2]), "-o", str(files[2])]) == 0
    assert ("looking for what is the same in both ..." in capsys.readouterr().err) == told


def test_a_search_tells_how_much_of_it_is_done():
    old = bytes(range(256)) * 400
    told = []
    payload.pack(
        package.DELTA, old[5000:] + old[:7000], 12, old, lambda *share: told.append(share)
    )
    assert len(told) > 5 and told == sorted(told)
    assert {total for _, total in told} == {told[0][1]} and told[-1][0] < told[0][1]
