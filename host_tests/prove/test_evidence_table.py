"""docs/evidence and the tables that are made from it."""

import json

import pytest
from jsonschema_rs import Draft202012Validator

from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import TOOLS
from qsota_tools.prove import claims_table, cuts_table, documents, emulation, evidence

DOCS = TOOLS.parent / "docs"
FOLDER = DOCS / "evidence"
FILES = documents.read(FOLDER)
VALIDATOR = Draft202012Validator(json.loads((FOLDER / "evidence.schema.json").read_text()))

# As they lie in an image.
STRINGS = b"\0".join(
    (
        b"",
        b"3.4.0; MicroPython v1.25.0 on 2025-04-15",
        b"OK",
        b"; Raspberry Pi Pico with RP2040",
        b"",
    )
)
BOARD = {"name": "RPI_PICO", "build": "RPI_PICO", "uart": {"baud": 115200, "receive": "pull"}}


@pytest.fixture
def emulated(tmp_path):
    """The evidence of a proof on an emulated board."""
    image = tmp_path / "image.uf2"
    image.write_bytes(b"UF2")
    facts = emulation.facts(b"\xff" * 64 + STRINGS, "RPI_PICO", image)
    figures = {"emulated_s": 8.7, "operations": 144, "uart_in": 12_076, "uart_lost": 0}
    upgrade = {"step": "upgrade", "result": 10705, "running": "2_0_0", **figures}
    revert = {**upgrade, "step": "revert", "result": 10706, "uart_lost": 3}
    other = {"boots": [(0.0, "power")], "host_s": 38.0, "problems": []}
    steps = [{**upgrade, **other}, {**revert, **other}]
    cut = {"kind": "erase", "area": "slot_b", "running": "2_0_0", "emulated_s": 9.0}
    cuts = [
        {"cut": 1, "result": 10705, "problems": [], "host_s": 5.0, **cut},
        {"cut": 2, "result": 10706, "problems": [], "host_s": 6.0, **cut},
        {"cut": 3, "result": 10705, "problems": ["1_0_0 is trial"], "host_s": 1.0, **cut},
    ]
    told = emulation.steps(steps, cuts)
    return evidence.document("emulated", BOARD, facts, told, "me", "0.1.0")


@pytest.mark.parametrize("name", [name for name, _ in FILES])
def test_a_file_of_evidence_is_as_the_schema_says(name):
    document = dict(FILES)[name]
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


def test_no_file_claims_a_real_board_without_saying_who_had_it():
    assert all(run["by"] for _, run in FILES if run["rung"] == "board")


@pytest.mark.parametrize("name", documents.TABLES)
def test_the_table_in_a_document_is_made_from_the_files_of_now(name):
    assert documents.renewed(name, DOCS) == (DOCS / name).read_text(), "run `make evidence`"


def test_a_proof_on_an_emulated_board_is_evidence_as_the_schema_says(emulated):
    assert [error.message for error in VALIDATOR.iter_errors(emulated)] == []
    assert emulated["micropython"]["text"] == "3.4.0; MicroPython v1.25.0 on 2025-04-15"
    assert emulated["board"]["machine"] == "Raspberry Pi Pico with RP2040"
    assert emulated["steps"][2]["figures"]["finished"] == 1
    assert emulated["steps"][2]["figures"]["given_up"] == 1
    assert emulated["problems"] == ["cuts: cut 3: 1_0_0 is trial"]


def test_an_image_that_does_not_tell_its_version_is_no_ground_for_evidence(tmp_path):
    image = tmp_path / "image.uf2"
    image.write_bytes(b"UF2")
    with pytest.raises(UserError, match="does not say which MicroPython"):
        emulation.facts(b"\xff" * 64, "RPI_PICO", image)


def test_the_table_shows_a_claim_with_its_figures_and_what_was_wrong(emulated):
    rows = claims_table.table([("pico.json", emulated)]).splitlines()
    assert (
        "| [1](evidence/pico.json) | 3 emulated | `RPI_PICO` | v1.25.0 on 2025-04-15 |" in rows[2]
    )
    assert any("deflate" in row and "shown, 8.7 s emulated" in row for row in rows)
    assert any("flash operations" in row and "**wrong**: cut 3" in row for row in rows)
    assert not any("signed delta" in row for row in rows)


def test_rungs_come_in_their_order(emulated):
    virtual = {**emulated, "rung": "virtual"}
    rows = claims_table.table([("a.json", emulated), ("b.json", virtual)]).splitlines()
    assert "b.json" in rows[2] and "a.json" in rows[3]


def test_seconds_of_the_host_are_not_shown_of_an_emulated_board(emulated):
    figures = {"total_s": 34.3, "count": 3}
    step = {"claim": "resets", "seconds": 99.0, "figures": figures, "problems": []}
    told = {**emulated, "steps": [step]}
    assert "| shown, 3 times |" in claims_table.table([("a.json", told)])
    on_a_board = {**told, "rung": "board"}
    assert "| shown, 34.3 s, 3 times |" in claims_table.table([("a.json", on_a_board)])


def test_the_table_of_cuts_shows_what_was_lost_and_what_was_wrong(emulated):
    without = {**emulated, "steps": emulated["steps"][:2]}
    row, *others = cuts_table.table([("a.json", emulated), ("b.json", without)]).splitlines()[2:]
    assert "| 10705, 144 flash operations, 8.7 s; of 12,076 bytes none lost |" in row
    assert "| 10706, 144 flash operations, 8.7 s; of 12,076 bytes 3 lost |" in row
    assert "| 3, in operations 1 to 3: 1 finished, 1 given up, 1 wrong; 27 s |" in row
    assert "| from its factory images |" in row and "(evidence/a.json)" in row
    assert others == []


def test_a_board_that_was_provisioned_says_what_was_written(emulated):
    figures = {"written": 183, "processor_s": 128.2}
    told = {"claim": "provision", "seconds": 99.0, "figures": figures, "problems": []}
    run = {**emulated, "steps": [told, *emulated["steps"]]}
    assert "| 183 units written, 128 s of a processor |" in cuts_table.table([("a.json", run)])
