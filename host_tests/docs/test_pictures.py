"""The pictures of the documents are what their scripts draw now."""

import re
import sys
from xml.etree import ElementTree

import pytest

from qsota_tools.common.paths import TOOLS

PICTURES = TOOLS.parent / "docs" / "pictures"
sys.path.insert(0, str(PICTURES))
import draw  # noqa: E402

sys.path.remove(str(PICTURES))


@pytest.mark.parametrize("name", draw.NAMES)
def test_a_picture_is_up_to_date(name):
    assert (PICTURES / f"{name}.svg").read_text() == draw.drawn(name), "run `make pictures`"


@pytest.mark.parametrize("name", draw.NAMES)
def test_a_picture_is_whole_and_small(name):
    text = (PICTURES / f"{name}.svg").read_text()
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert len(text) < 30_000 and "<script" not in text


def test_every_picture_is_shown_and_none_is_missing():
    documents = [TOOLS.parent / "README.md", *(TOOLS.parent / "docs").rglob("*.md")]
    shown = {n for d in documents for n in re.findall(r"pictures/(\w+)\.svg", d.read_text())}
    assert shown == set(draw.NAMES) == {path.stem for path in PICTURES.glob("*.svg")}


def test_the_recording_is_a_whole_demo():
    text = (PICTURES / "demo.txt").read_text()
    assert [line[9:14] for line in text.splitlines() if line.startswith("  cloud: 1")] == [
        *("10705", "10706", "10705")
    ]
