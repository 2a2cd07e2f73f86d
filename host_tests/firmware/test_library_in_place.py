"""The library's bytecode in place on the MicroPython VM, in the root as it is provisioned."""

import re
import subprocess
from pathlib import Path

import pytest

from qsota_tools import boards
from qsota_tools.boards import Board
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.package import bytecode
from qsota_tools.package.shorten import compile_short
from qsota_tools.provision import factory
from qsota_tools.virtual.vm_process import find_micropython

RUN = Path(__file__).parent / "in_place_run.py"
# Functions that lie in two blocks stay in memory: some of 512 bytes, none of 4096.
BOARDS = {"RPI_PICO": 1.0, "PYBV11_W25Q128": 0.85}
# Neither at the beginning nor at the end of the pack, by which that is found.
SPOILT = "qsota/session/trial.py"
WORK = "names True False"


def block_of(board: Board) -> int:
    return board.get("storage", board["flash"])["erase"]


def run(board: Board, root: bytes, folder: Path) -> str:
    """What a run on the VM prints, of the library of that board with that root as flash."""
    for name, content in factory.library_of(board).items():
        (folder / name).write_bytes(content)
    (folder / "root.img").write_bytes(root)
    command = [find_micropython(), "-X", "heapsize=32M", RUN, folder, folder / "root.img"]
    done = subprocess.run(
        [*map(str, command), str(block_of(board))], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def modules(said: str) -> dict[str, tuple[int, int]]:
    """For each module how many of its functions run in place, of how many."""
    found = re.findall(r"^module (\S+) (\d+) (\d+)$", said, flags=re.MULTILINE)
    return {name: (int(moved), int(total)) for name, moved, total in found}


@pytest.mark.parametrize("name", BOARDS)
def test_functions_run_in_place_and_their_copies_are_freed(name, tmp_path):
    board = boards.load(name)
    said = run(board, factory.make_root(board), tmp_path)
    found = modules(said)
    assert found.pop("qsota.boot.attended")[0] == 0
    assert sum(m for m, _ in found.values()) >= BOARDS[name] * sum(n for _, n in found.values())
    assert WORK in said
    assert int(re.search(r"heap (\d+)", said)[1]) > 10_000


@pytest.mark.parametrize(
    "function", range(1, len(bytecode.functions(compile_short(FIRMWARE, SPOILT))))
)
def test_a_function_of_which_flash_holds_other_bytes_stays_in_memory(function, tmp_path):
    board = boards.load("RPI_PICO")
    code, root = compile_short(FIRMWARE, SPOILT), bytearray(factory.make_root(board))
    assert root.count(code) == 1
    _, _, place, size = bytecode.functions(code)[function]
    root[root.index(code) + place + size - 1] ^= 1
    said = run(board, bytes(root), tmp_path)
    moved, total = modules(said)["qsota.session.trial"]
    assert moved == total - (bytecode.functions(code)[function].depth == 1)
    assert WORK in said


def without_pack(root: bytearray, pack: bytes, block: int) -> None:
    at = root.index(pack[:block])
    root[at : at + block] = bytes(block)


def with_a_pointer_that_leads_out(root: bytearray, pack: bytes, block: int) -> None:
    at = root.index(pack[2 * block : 2 * block + 64]) // block * block
    root[at : at + 4] = b"\xff\xff\xff\x7f"


def with_another_end(root: bytearray, pack: bytes, block: int) -> None:
    root[root.index(pack[-64:])] ^= 1


@pytest.mark.parametrize("damage", [without_pack, with_a_pointer_that_leads_out, with_another_end])
def test_where_the_pack_is_not_found_all_stays_in_memory_and_works(damage, tmp_path):
    board = boards.load("RPI_PICO")
    root = bytearray(factory.make_root(board))
    damage(root, factory.library_of(board)["qsota.pack"], block_of(board))
    said = run(board, bytes(root), tmp_path)
    assert "in place False" in said and WORK in said
    assert not any(moved for moved, _ in modules(said).values())
