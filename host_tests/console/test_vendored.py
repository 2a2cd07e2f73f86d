"""What was not written here: each file with its licence and its SHA-256, nothing else."""

import hashlib
from pathlib import Path

from qsota_tools.console.console import HERE

VENDOR = Path(__file__).parent / "browser" / "vendor"
# File, its licence, its sum; from npm: axe-core 4.14.1
FILES = (
    (
        VENDOR / "axe.min.js",
        "axe.LICENSE",
        "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
    ),
)


def test_each_vendored_file_is_as_it_was_published():
    for path, _, sum in FILES:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sum, path.name


def test_each_vendored_file_has_its_licence_and_is_listed():
    listed = {path.name for path, _, _ in FILES} | {licence for _, licence, _ in FILES}
    assert {path.name for path in VENDOR.iterdir()} == listed


def test_the_console_itself_has_nothing_that_was_written_elsewhere():
    there = {path.name for path in (HERE / "static").iterdir()}
    assert there == {"console.css", "console.js", "icon.svg", "live.js", "theme.js"}
