"""Two programs, one path: the second one is told so, and harms nothing."""

import json

import pytest
from processes import run, start


def test_a_second_simulation_on_a_path_is_refused_and_leaves_the_first_alone(tmp_path):
    link = tmp_path / "module"
    first = start("sim", "--link", link, "--timeout", 120)
    first.stdout.readline()
    target = link.readlink()
    code, _, err = run("sim", "--link", link, "--timeout", 1)
    assert (code, err) == (1, f"qsota: {link} is in use by another qsota\n")
    assert link.readlink() == target
    first.kill()
    first.wait()
    code, out, _ = run("sim", "--link", link, "--timeout", 0.3, "--json")  # a stale one
    assert code == 0
    assert json.loads(out.splitlines()[0])["port"] == str(link)
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.slow
def test_a_second_board_on_a_flash_or_a_port_is_refused(tmp_path):
    one, two = tmp_path / "one.bin", tmp_path / "two.bin"
    uart = tmp_path / "uart"
    first = start("board", "--flash", one, "--uart", f"pty:{uart}", "--timeout", 120)
    first.stdout.readline()
    code, _, err = run("board", "--flash", one, "--uart", "pty:", "--timeout", 1)
    assert code == 1 and f"{one} is in use by another qsota" in err
    code, _, err = run("board", "--flash", two, "--uart", f"pty:{uart}", "--timeout", 1)
    assert code == 1 and f"{uart} is in use by another qsota" in err
    code, _, err = run("factory", "--board", "VIRTUAL", "-o", one)
    assert code == 1 and f"{one} is in use by another qsota" in err
    assert uart.is_symlink()
    first.terminate()
    assert first.wait() == 143
    assert not uart.is_symlink()


@pytest.mark.slow
def test_a_device_is_opened_by_one_program_only(tmp_path):
    link = tmp_path / "module"
    module = start("sim", "--link", link, "--timeout", 120)
    module.stdout.readline()
    first = start("board", "--flash", tmp_path / "a", "--uart", link, "--timeout", 120)
    first.stdout.readline()
    code, _, err = run("board", "--flash", tmp_path / "b", "--uart", link, "--timeout", 1)
    assert code == 1 and f"cannot open {link}: it is in use by another program" in err
    for process in (first, module):
        process.terminate()
        process.wait()
