"""`qsota bench`: what it measures is what the documents say."""

import zipfile
from pathlib import Path

import pytest

from qsota_tools import cli
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import FIRMWARE
from qsota_tools.package import payload
from qsota_tools.proof.bench import sizes as bench_sizes

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "package-format.md"


@pytest.mark.slow
def test_the_heap_of_the_decoders_and_the_time_of_a_signature(capsys):
    assert cli.main(["bench", "decoders"]) == 0
    lines = capsys.readouterr().out.splitlines()
    taken = {
        " ".join(line.split()[:3]): int(line.split()[-1]) for line in lines if ", window " in line
    }
    for kind in ("deflate", "delta"):
        for window in (512, 1024, 4096, 32768):
            assert window + 1024 < taken[f"{kind}, window {window}"] < window + 5000
    assert any(line.startswith("signature check: ") for line in lines)


def test_the_decoder_of_deltas_is_small():
    code = (FIRMWARE / "qsota" / "update" / "delta.py").read_text().splitlines()
    assert len(code) < 120


@pytest.fixture
def cache(tmp_path):
    """Releases as pip would have left them: a hotfix, then a feature."""
    body = "".join(f"def f{n}(x):\n    return x + {n * 1000}\n\n\n" for n in range(200))
    for version, source in (
        ("1.0", body),
        ("1.1", body.replace("x + 7000\n", "x + 7001\n")),
        ("1.2", body.replace("return x", "return 2 * x").replace("def f1", "def g1")),
    ):
        directory = tmp_path / f"thing-{version}"
        directory.mkdir()
        with zipfile.ZipFile(directory / f"thing-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr("pkg/thing/__init__.py", source)
            wheel.writestr("thing.dist-info/METADATA", "")
    return tmp_path


@pytest.mark.slow
def test_sizes_over_a_history(cache, monkeypatch, capsys):
    # Without the columns of other tools, which may be installed.
    monkeypatch.setattr(bench_sizes.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bench_sizes, "_HISTORIES", (("thing", "pkg/thing", "1.0 1.1 1.2"),))
    kinds = (("hotfix", 0.3, 3.0), ("feature release", 100.0, 0.1))
    monkeypatch.setattr(bench_sizes, "_KINDS", kinds)
    assert cli.main(["bench", "sizes", "--cache", str(cache)]) == 1  # the feature misses its goal
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    columns = shown[0][7:]
    rows = {" ".join(line[:4]): dict(zip(columns, line[6:], strict=True)) for line in shown[1:4]}
    hotfix, feature = rows["thing 1.0 to 1.1"], rows["thing 1.1 to 1.2"]
    assert hotfix["plain"] == "100.00"
    assert float(hotfix["delta"]) < 2 < float(feature["delta"]) < float(feature["deflate"]) < 60
    old, new = (bench_sizes._release(cache, "thing", "pkg/thing", v) for v in ("1.0", "1.1"))
    size = len(payload.pack(2, new.image, 12, old.image))
    assert hotfix["delta"] == f"{100 * size / len(new.image):.2f}"
    assert bench_sizes._changed_lines(old, new) == pytest.approx(100 / 800)


def test_a_release_that_cannot_be_had(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_sizes.sys, "executable", "false")
    with pytest.raises(UserError, match="cannot download nothing==0"):
        bench_sizes._download(tmp_path / "x", "nothing==0")


def test_the_sizes_of_the_document_meet_the_goals():
    rows = [line.split("|") for line in DOCUMENT.read_text().splitlines()]
    worst = {
        row[1].strip(): float(row[4].split("/")[1])
        for row in rows
        if len(row) == 9 and "/" in row[4]
    }
    assert {name: worst[name] <= goal for name, _, goal in bench_sizes._KINDS} == dict.fromkeys(
        worst, True
    )
