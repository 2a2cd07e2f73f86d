"""Every command that a document shows: those in `sh` blocks run, in the order in which a reader
meets them; those in `console` blocks need a board, a module or minutes, and are understood."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from qsota_tools import cli
from qsota_tools.common.paths import TOOLS

TREE = TOOLS.parent
README = (TREE / "README.md").read_text()
TOP = ("README.md", "README.zh.md", "CONTRIBUTING.md", "SECURITY.md")
DOCUMENTS = [*(TREE / name for name in TOP), *sorted((TREE / "docs").rglob("*.md"))]
CHINESE = {
    TREE / "README.zh.md": TREE / "README.md",
    **{path: TREE / "docs" / path.name for path in (TREE / "docs" / "zh").glob("*.md")},
}
_BLOCK = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.M)
_COMMAND = re.compile(r"^(qsota|make|mpremote|pip|pipx|\.) ", re.M)
TARGETS = set(re.findall(r"^([a-z-]+):", (TREE / "Makefile").read_text(), re.M))


def blocks(path, *kinds):
    """What stands in the blocks of these kinds, in order."""
    return [text for kind, text in _BLOCK.findall(path.read_text()) if kind in kinds]


def name(path):
    return str(path.relative_to(TREE))


# A translation shows the same commands, so one of the two runs for both.
WITH_SHELL = [path for path in DOCUMENTS if blocks(path, "sh") and path not in CHINESE]
SLOW = {TREE / "README.md": [pytest.mark.slow]}


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=SLOW.get(path, [])) for path in WITH_SHELL], ids=name
)
def test_the_commands_of_a_document_run(path, tmp_path):
    shown = blocks(path, "sh")
    again = [block for block in shown if "qsota sim " in block]  # a reader may do so
    script = "".join(shown + again)
    for entry in ("examples", "boards"):
        (tmp_path / entry).symlink_to(TREE / entry)
    environment = dict(os.environ, PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    result = subprocess.run(
        ["bash", "-euc", script.replace("/tmp/", f"{tmp_path}/")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    if path.name == "README.md":
        assert "upgrade successful (10705)" in result.stdout


def test_the_readme_and_the_first_upgrade_are_among_them():
    assert {"README.md", "docs/first-upgrade.md"} <= {*map(name, WITH_SHELL)}
    assert "".join(blocks(TREE / "README.md", "sh")).count("qsota ") >= 8


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_the_commands_that_need_more_are_understood(path):
    for line in "".join(blocks(path, "console", "sh")).splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["qsota"]:
            words = words[1 : words.index("&")] if "&" in words else words[1:]
            cli._parse([*words])  # else it exits
        elif words[:1] == ["make"]:
            assert next(word for word in words[1:] if word[0] != "-") in TARGETS, line


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_a_block_with_commands_says_whether_it_can_be_run(path):
    for text in blocks(path, ""):
        assert not _COMMAND.search(text), text


@pytest.mark.parametrize(("chinese", "english"), CHINESE.items(), ids=map(name, CHINESE))
def test_a_translation_shows_the_same_commands_and_output(chinese, english):
    assert blocks(chinese, "sh") == blocks(english, "sh")
    assert blocks(chinese, "console") == blocks(english, "console")
    assert blocks(chinese, "") == blocks(english, "")


@pytest.mark.parametrize(("chinese", "english"), CHINESE.items(), ids=map(name, CHINESE))
def test_a_translation_has_the_sections_and_tables_of_the_original(chinese, english):
    def shape(path):
        lines = path.read_text().splitlines()
        heads = [line.split()[0] for line in lines if line.startswith("#")]
        return heads, [line.replace("\\|", "").count("|") for line in lines if line[:1] == "|"]

    assert shape(chinese) == shape(english)


@pytest.mark.parametrize("path", CHINESE, ids=name)
def test_a_translation_names_nothing_that_the_original_does_not(path):
    english = " ".join(CHINESE[path].read_text().split())
    for code in set(re.findall(r"`([^`\n]+)`", _BLOCK.sub("", path.read_text()))):
        assert code in english, code


def test_the_links_of_the_documents_lead_somewhere():
    for path in DOCUMENTS:
        for target in re.findall(r"\]\((?!https:)([^)#]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_make_targets_of_the_readme_exist():
    assert {"demo", "test"} <= set(re.findall(r"^make (\w+)", README, re.MULTILINE)) <= TARGETS
