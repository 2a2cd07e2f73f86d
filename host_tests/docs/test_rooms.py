"""The house: which room may import which, and names that tell files apart."""

import ast
import collections
import subprocess

from qsota_tools import cli
from qsota_tools.common.paths import FIRMWARE, TOOLS

PACKAGE = TOOLS / "qsota_tools"
ROOT = TOOLS.parent
# A room may import those before it.
HOST_ROOMS = (
    *("common", "boards", "package", "provision", "center", "module", "transcript", "virtual"),
    "emulated",
    *("proof", "fleet", "console", "prove", "commands", "cli"),
)
# Stand-ins for hardware and time, which import only each other: for every room.
LEAVES = {f"proof.lab.{name}" for name in ("clock", "nor_flash", "virtual_loop", "w25q")}
# The simulated cloud knows how its module downloads, the module what a plan is.
PAIRS = {("center", "module")}
# What an application is made of, what a folder is, and the name that pytest wants.
COMMON_NAMES = {"__init__.py", "main.py", "README.md", "boot.py", "conftest.py"}


def sources(root):
    return sorted(path for path in root.rglob("*.py") if "template" not in path.parts)


def imports(path, package):
    """The modules of that package that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = node.module != package
            names = [node.module] if inside else [f"{package}.{a.name}" for a in node.names]
        else:
            continue
        yield from (n.removeprefix(package + ".") for n in names if n.startswith(package + "."))


def room_of(path, root):
    return path.relative_to(root).with_suffix("").parts[0]


def host_imports():
    for path in sources(PACKAGE):
        for module in imports(path, "qsota_tools"):
            if module not in LEAVES:
                yield room_of(path, PACKAGE), module.split(".")[0], f"{path.name}: {module}"


def test_rooms_of_the_host_import_in_one_direction():
    wrong = [
        text
        for room, other, text in host_imports()
        if room not in ("__init__", "__main__")
        and (room, other) not in PAIRS
        and HOST_ROOMS.index(other) > HOST_ROOMS.index(room)
    ]
    assert wrong == []


def test_what_every_room_may_use_imports_nothing_of_the_house():
    for name in LEAVES:
        path = PACKAGE / (name.replace(".", "/") + ".py")
        assert set(imports(path, "qsota_tools")) <= LEAVES


def test_nothing_but_the_command_line_imports_a_command():
    users = {room for room, other, _ in host_imports() if other == "commands"}
    assert users <= {"commands", "cli"}


def test_the_device_imports_nothing_of_the_host():
    for path in sources(FIRMWARE):
        assert list(imports(path, "qsota_tools")) == []


def test_each_command_has_its_file():
    files = {path.stem for path in (PACKAGE / "commands").glob("[!_]*.py")}
    assert files == set(cli.COMMANDS)


def tracked():
    """The paths of all files of the project."""
    command = ["git", "ls-files"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.split()


def test_no_file_is_longer_than_300_lines():
    lengths = {
        path: len((ROOT / path).read_text().splitlines())
        for path in tracked()
        if path.endswith(".py")
    }
    assert len(lengths) > 500
    assert {path: lines for path, lines in lengths.items() if lines > 300} == {}


def test_no_file_name_stands_three_times_in_the_tree():
    names = collections.Counter(path.rsplit("/", 1)[-1] for path in tracked())
    assert {n for n, count in names.items() if count > 2} - COMMON_NAMES == set()
