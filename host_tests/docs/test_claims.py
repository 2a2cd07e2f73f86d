"""What the documents say and a command can show."""

import json
import re

import pytest

from qsota.session import assembly
from qsota_tools import boards, cli
from qsota_tools.boards import heaps
from qsota_tools.common.paths import FIRMWARE, TOOLS

TREE = TOOLS.parent
DOCUMENTS = [TREE / "README.md", TREE / "README.zh.md", *sorted((TREE / "docs").rglob("*.md"))]


def text_of(name):
    return (TREE / name).read_text()


PERFORMANCE = text_of("docs/performance.md")
BOARDS_OF_CHIPS = {
    "RP2040": "RPI_PICO ",
    "RP2040 with the W firmware": "RPI_PICO_W ",
    "RP2350": "RPI_PICO2 ",
    "STM32H743": "WEACTSTUDIO_MINI_STM32H743 ",
    "STM32F405": "PYBV11_W25Q128 ",
}


def rows(name):
    return [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in text_of(name).splitlines()
        if line.startswith("| `")
    ]


def test_the_table_of_boards_is_what_the_board_files_say():
    told = {}
    for row in rows("docs/boards.md"):
        if len(row) == 6:
            for name in re.findall("`(.*?)`", row[0]):
                told[name] = row[1:]
    assert sorted(told) == boards.known()
    for name, (chip, _, slot, pins, uart) in told.items():
        board = boards.load(name)
        assert slot == f"{board['areas']['slot_a'][1] // 1024} KB", name
        assert uart == str(board["uart"]["id"]), name
        if "tx" in board["uart"] and name != "VIRTUAL":
            assert pins == f"GP{board['uart']['tx']} TX, GP{board['uart']['rx']} RX", name
        if "chip" in board and name != "VIRTUAL":
            assert chip == board["chip"], name


def test_the_size_of_the_library_is_what_factory_prints(tmp_path, capsys):
    assert cli.main(["factory", "--board", "RPI_PICO", "-o", str(tmp_path / "x")]) == 0
    shown = int(re.search(r"(\d+) bytes of \.mpy files", capsys.readouterr().out)[1])
    told = int(re.search(r"(\d+) KB of `\.mpy` files", text_of("docs/evidence.md"))[1])
    assert abs(shown / 1024 - told) <= 2


def test_the_heap_that_is_left_to_an_application_is_what_boards_prints(capsys):
    assert cli.main(["boards"]) == 0
    printed = capsys.readouterr().out
    told = re.findall(r"^\| on an? (.*?) \| (\d+ KB) \| (\d+ KB|none)", PERFORMANCE, re.M)
    assert [chip for chip, *_ in told] == [*BOARDS_OF_CHIPS]
    for chip, most, beside in told:
        row = next(line for line in printed.splitlines() if line.startswith(BOARDS_OF_CHIPS[chip]))
        assert f" {most} ({beside}) " in row, row
    assert "An application may use 15 KB at most" in text_of("docs/boards.md")
    assert " 15 KB (none) " in printed


def test_an_update_runs_beside_the_application_from_the_heap_on_that_the_device_goes_by():
    assert heaps.UPDATE == assembly._CODE
    assert f"{heaps.UPDATE:,} bytes" in text_of("docs/api.md")


def test_boards_that_are_called_not_served_are_those_that_boards_does_not_serve(capsys):
    assert cli.main(["boards", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    section = text_of("docs/boards.md").split("## Not served, and why")[1].split("\n## ")[0]
    without_heap = section.split("**For want of heap**: ")[1].split(".")[0]
    assert "`WEACT_F411_BLACKPILL_4M` and `_8M`" in without_heap
    assert [*printed["without_heap"]] == [f"WEACT_F411_BLACKPILL_{size}M" for size in (4, 8)]
    for name in printed["unsupported"]:
        maker = name.split("_")[0].capitalize()  # "Arduino" stands for all of them
        assert f"`{name}`" in section or maker in section, name


def test_the_map_of_the_house_names_every_file_of_the_device_and_every_room():
    house = text_of("docs/architecture.md")
    names = [path.name for path in FIRMWARE.glob("qsota/**/[!_]*.py")]
    names += [f"{path.parent.name}/" for path in TOOLS.glob("qsota_tools/*/__init__.py")]
    assert len(names) > 80
    assert [name for name in names if f"`{name}`" not in house] == []


def test_every_command_and_option_that_a_document_names_exists():
    from qsota_tools.commands import _parser

    top = _parser.parser([*cli.COMMANDS])
    known = top._subparsers._group_actions[0].choices
    for path in DOCUMENTS:
        for line in re.findall(r"(?<![\w/.-])qsota ([a-z]+[^`\n|#;]*)", path.read_text()):
            words = line.replace("'", " ").split()
            if words[0] not in known:
                continue  # prose
            options = {o for action in known[words[0]]._actions for o in action.option_strings}
            for sub in known[words[0]]._actions:
                if sub.nargs == "A...":  # the commands of bench
                    for parser in sub.choices.values():
                        options |= {o for a in parser._actions for o in a.option_strings}
            for word in words[1:]:
                if re.fullmatch(r"--[a-z][a-z0-9-]*(=.*)?", word):
                    assert word.split("=")[0] in options, f"{path.name}: qsota {line}"


def test_one_form_field_has_one_name():
    for path in DOCUMENTS:
        assert "MCU firmware (SOTA)" not in path.read_text()
        assert "*MCU firmware*" not in path.read_text()
    assert '"MCU (SOTA)"' in text_of("tools/qsota_tools/package/form.py")


@pytest.mark.parametrize("unknown", ["seed document", "T1 to T33", "B1 to B11"])
def test_nothing_is_named_that_is_explained_nowhere(unknown):
    assert not [path.name for path in DOCUMENTS if unknown in path.read_text()]


def test_only_what_is_installed_is_asked_for():
    assert "gcc" not in text_of("README.md")
    template = text_of("tools/qsota_tools/template/README.md")
    assert "pip install pytest 'qsota[virtual]'" in template


def test_times_of_a_run_never_go_backwards(capsys):
    assert cli.main(["sim", "--timeout", "0.3"]) == 0
    times = [float(line.split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert times == sorted(times) and len(times) > 1
