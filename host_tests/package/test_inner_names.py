"""Names that only the library's own files share become words that MicroPython has anyway."""

import ast
import asyncio
import collections
import hashlib
import io
import itertools
import re
import sys
from pathlib import Path

import pytest

from qsota.resident import handover
from qsota_tools.common.paths import FIRMWARE, TOOLS, library_sources
from qsota_tools.emulated.images import CACHE, find_image
from qsota_tools.package.inner_names import inner_names, meeting_names, root_names, with_words
from qsota_tools.package.interface_names import INTERFACE_NAMES
from qsota_tools.package.renaming import names_in
from qsota_tools.package.rom_words import PRIVATE, ROOT, SHARED

RENAMED = root_names(FIRMWARE) | inner_names(FIRMWARE) | INTERFACE_NAMES
API = FIRMWARE.parent / "docs" / "api.md"
# What is looked for by name in whatever the library passes on.
OTHERS = (str, bytes, bytearray, memoryview, list, dict, set, tuple, int, io.BytesIO, Exception)


@pytest.fixture
def library(tmp_path):
    for name, text in {
        "errors.py": "class Wrong(Exception):\n    code = 0\n",
        "update/tool.py": "from qsota.errors import Wrong\n\n\nclass Tool:\n    steps = 0\n\n"
        "    def turn(self, code):\n        self.steps = code\n        return Wrong\n",
        "session/user.py": "from qsota.update.tool import Tool\n\n\n"
        'def use():\n    tool = Tool()\n    tool.turn(3)\n    return tool.steps, "told"\n\n\n'
        "def told():\n    return 1\n",
    }.items():
        path = tmp_path / "qsota" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def changed(library, name):
    return with_words(library, name, (library / name).read_text())


def test_a_name_is_the_same_word_in_all_files_that_share_it(library):
    words = inner_names(library)
    assert {"Tool", "turn", "steps", "use"} == set(words)
    user, tool = (
        changed(library, "qsota/session/user.py"),
        changed(library, "qsota/update/tool.py"),
    )
    assert f"from qsota.update.tool import {words['Tool']}\n" in user
    assert f"tool.{words['turn']}(3)" in user and f"def {words['turn']}(self, code)" in tool


def test_names_that_the_root_has_too_and_those_that_are_a_text_somewhere_stay(library):
    assert "code = 0" in changed(library, "qsota/errors.py")
    assert "self." in changed(library, "qsota/update/tool.py")
    assert "return Wrong" in changed(library, "qsota/update/tool.py")
    assert "def told()" in changed(library, "qsota/session/user.py")


def test_words_differ_from_each_other_and_from_every_name_of_the_library():
    words = [*RENAMED.values()]
    assert len(set(words)) == len(words) > 200
    everything = "\n".join((FIRMWARE / source).read_text() for source in library_sources())
    assert not set(words) & set(re.findall(r"\w+", everything))
    assert not set(PRIVATE.split()) & {*ROOT.split(), *SHARED.split(), *INTERFACE_NAMES.values()}


def test_each_name_has_one_word_on_all_sides():
    sides = root_names(FIRMWARE), inner_names(FIRMWARE), INTERFACE_NAMES
    assert sum(map(len, sides)) == len(RENAMED)


def test_names_by_which_the_root_and_the_library_meet_are_those_of_the_table():
    assert meeting_names(FIRMWARE) == INTERFACE_NAMES.keys()


def test_the_table_changes_only_with_the_number_of_the_interface():
    """Whoever changes one of both changes this line, too."""
    table = " ".join(f"{name}={word}" for name, word in sorted(INTERFACE_NAMES.items()))
    assert (handover.INTERFACE, hashlib.sha256(table.encode()).hexdigest()[:8]) == (4, "45b1bcfc")


def test_the_root_and_the_library_say_the_same_word_where_they_meet():
    word = INTERFACE_NAMES["put_away"]
    for source in ("qsota/boot/stored.py", "qsota/session/trial.py"):
        text = with_words(FIRMWARE, source, (FIRMWARE / source).read_text())
        names = {*names_in(ast.parse(text))}
        assert word in names and "put_away" not in names


def test_what_applications_and_their_targets_know_stays():
    code = re.findall(r"`([^`]+)`|```python\n(.*?)```", API.read_text(), re.DOTALL)
    attributes = set(re.findall(r"(?<=\.)\w+", " ".join(a or b for a, b in code)))
    methods = set(re.findall(r"\w+(?=\()", " ".join(a or b for a, b in code)))
    assert not (attributes | methods) & RENAMED.keys()


def test_what_is_looked_for_in_objects_of_others_stays():
    known = {name for kind in (*OTHERS, asyncio.Task, collections.deque) for name in dir(kind)}
    assert not known & RENAMED.keys()


def test_what_is_taken_from_micropythons_modules_stays(library):
    tool = library / "qsota/update/tool.py"
    tool.write_text("import deflate\n\n\n" + tool.read_text() + "\n\nRAW = deflate.RAW\n")
    assert "RAW = deflate.RAW" in changed(library, "qsota/update/tool.py")


def test_what_hosts_and_the_roots_scripts_look_for_stays():
    scripts = [*(FIRMWARE.glob("*.py")), *(TOOLS / "qsota_tools/provision").glob("on_board*.py")]
    assert len(scripts) == 5
    said = {name for path in scripts for name in names_in(ast.parse(path.read_text()))}
    assert not said & RENAMED.keys() - {"running"}  # a function of a script's own


@pytest.mark.parametrize("port", ["rp2", "stm32"])
def test_what_micropythons_modules_have_stays(port):
    """What the root shares with nobody else, or with the library: all of it is about hardware."""
    stubs = [*(Path(sys.prefix) / "stubs" / port).rglob("*.pyi")]
    if not stubs:
        pytest.skip("`make lint` installs the stubs")
    found = {
        name
        for path in stubs
        for name in re.findall(r"def (\w+)|^ *(\w+)\s*:", path.read_text(), re.M)
    }
    assert not set(itertools.chain.from_iterable(found)) & {
        *root_names(FIRMWARE),
        *INTERFACE_NAMES,
    }


@pytest.mark.slow
def test_the_published_firmware_has_these_words_in_flash():
    uf2 = find_image(None, Path(CACHE)).read_bytes()
    flash = b"".join(uf2[i + 32 : i + 288] for i in range(0, len(uf2), 512))
    texts = {*flash.split(b"\0")[1:-1]}  # what stands between two zeros
    words = [*PRIVATE.split(), *ROOT.split(), *SHARED.split(), *INTERFACE_NAMES.values()]
    assert [word for word in words if word.encode() not in texts] == []
