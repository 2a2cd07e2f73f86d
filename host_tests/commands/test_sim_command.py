"""`qsota sim`: options of the module, and errors, which are one clear line."""

import signal

import pytest
from sim_mcu import QUICK, Mcu

from qsota_tools import boards, cli
from qsota_tools.package.make import make_package


def test_without_a_package_the_time_just_ends(sim):
    assert sim("--timeout", "0.3").end()[0] == 0


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_being_stopped_removes_the_link_and_says_nothing(sim, tmp_path, number, code):
    link = tmp_path / "modem"
    run = sim("--link", link)
    assert link.is_symlink()
    run.process.send_signal(number)
    assert run.end()[0] == code
    assert not link.is_symlink()


def test_an_option_of_the_module(sim):
    run = sim("--option", "signal=3", "--option", "echo=off", "--option", "imei=12", *QUICK)
    mcu = Mcu(run.port)
    assert mcu.at("AT+CSQ") == ["+CSQ: 3,99", "OK"]
    assert mcu.at("AT+GSN") == ["12", "OK"]


@pytest.mark.parametrize(
    "args, message",
    [
        (["--package", "FILE"], "no qsota package; name it by --component"),
        (["--package", "MISSING"], "MISSING: No such file or directory"),
        (["--link", "FILE"], "File exists"),
        (["--tcp", "x"], "no TCP port: x"),
        (["--serial", "MISSING"], "MISSING"),
        (["--until", "10705"], "--until: 1 verdicts for 0 plans"),
        (["--package", "GOOD", "--until", "10707"], "--until: must be 10705 or 10706, not 10707"),
        (["--package", "GOOD", "--until", "10705,10705"], "--until: 2 verdicts for 1 plans"),
        (["--option", "nosuch=1"], "--option nosuch: the module has none"),
        (["--option", "signal=high"], "--option signal: must be a number, not high"),
        (["--option", "qind=1"], "--option qind: must be on or off, not 1"),
        (["--option", "payload=base64"], "payload must be one of raw, hex, hexwords"),
    ],
)
def test_errors_are_one_clear_line(tmp_path, monkeypatch, capsys, args, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_bytes(b"text")
    (tmp_path / "GOOD").write_bytes(make_package(b"x", boards.load("VIRTUAL"), "MCU", "1"))
    assert cli.main(["sim", *args]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err and err.startswith("qsota: ") and err.count("\n") == 1


@pytest.mark.parametrize("option", ["--baud=-1", "--speed=0", "--flash-free=x", "--push-every=-1"])
def test_numbers_are_checked(option, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["sim", option])
    assert ended.value.code == 2
    assert f"argument {option.split('=')[0]}: " in capsys.readouterr().err
