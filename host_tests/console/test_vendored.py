"""What was not written here: each file with its licence and its SHA-256, nothing else."""

import hashlib
from pathlib import Path

from qsota_tools.console.console import HERE

VENDOR = HERE / "static" / "vendor"
TEST_VENDOR = Path(__file__).parent / "browser" / "vendor"
# File, its licence, its sum; from npm: swagger-ui-dist 5.35.0, axe-core 4.14.1
FILES = (
    (
        VENDOR / "swagger-ui-bundle.js",
        "swagger-ui.LICENSE",
        "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    ),
    (
        VENDOR / "swagger-ui.css",
        "swagger-ui.LICENSE",
        "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
    ),
    (
        TEST_VENDOR / "axe.min.js",
        "axe.LICENSE",
        "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
    ),
)
NOTICES = {"swagger-ui.NOTICE", "swagger-ui-bundle.js.LICENSE.txt"}


def test_each_vendored_file_is_as_it_was_published():
    for path, _, sum in FILES:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sum, path.name


def test_each_vendored_file_has_its_licence_and_is_listed():
    for folder in (VENDOR, TEST_VENDOR):
        listed = {path.name for path, _, _ in FILES if path.parent == folder}
        licences = {licence for path, licence, _ in FILES if path.parent == folder}
        there = {path.name for path in folder.iterdir()}
        assert there - NOTICES == listed | licences
