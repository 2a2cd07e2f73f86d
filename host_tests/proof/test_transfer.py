"""`qsota bench transfer`: the goals in virtual time, and what the naive clients need."""

import json

import pytest

from qsota_tools import cli
from qsota_tools.proof.bench import boot, transfer

pytestmark = pytest.mark.slow

# (baud, latency in ms, chunk, receive): the most times as long as the wire that it may take. The
# goals of 460800 and 921600 baud with a ring (1.15 and 1.35) are not met: docs/performance.md.
MOST = {
    (115200, 0, 1024, "pull"): 1.13,
    (115200, 0, 1024, "dma"): 1.08,
    (115200, 0, 4096, "pull"): 1.06,
    (115200, 0, 4096, "dma"): 1.03,
    (460800, 0, 1024, "pull"): 1.25,
    (460800, 0, 1024, "dma"): 1.17,
    (921600, 0, 1024, "dma"): 1.48,
}


@pytest.mark.parametrize("case", list(MOST))
def test_a_package_takes_hardly_longer_than_the_wire(case):
    rows = list(transfer.model_rows(*((value,) for value in case)))
    assert rows[0]["client"] == "qsota" and 1 < rows[0]["ratio"] <= MOST[case]
    assert all(row["ratio"] > rows[0]["ratio"] for row in rows[1:]) and len(rows) == 3


def test_the_command_tells_rows_for_scripts(monkeypatch, capsys):
    row = transfer.make_row("model", 115200, 0, 1024, "pull", 1000, 0.1)
    monkeypatch.setattr(transfer, "model_rows", lambda **_: [row])
    assert cli.main(["bench", "transfer", "--quick", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"rows": [row]}
    assert row["ratio"] == 1.152


@pytest.mark.parametrize(("ms", "code"), [(1.0, 0), (9999.0, 1)])
def test_a_start_that_takes_longer_than_its_budget_is_a_failure(ms, code, monkeypatch, capsys):
    monkeypatch.setattr(boot, "figures", lambda uf2: [("boot_ms", ms), ("hash_ms_per_kb", 1.1)])
    assert cli.main(["bench", "boot", "--json"]) == code
    assert json.loads(capsys.readouterr().out) == {"boot_ms": ms, "hash_ms_per_kb": 1.1}
