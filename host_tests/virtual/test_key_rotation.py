"""A key is replaced in the field: by the library that comes with an application."""

import json

import pytest
from test_end_to_end import Bench

from qsota_tools import boards, cli
from qsota_tools.common.paths import EXAMPLES

pytestmark = pytest.mark.slow

APP = EXAMPLES / "sensor_node_1_0_0"
OLD, NEW = "old", "new"


@pytest.fixture
def signed(tmp_path, capsys):
    """make(version, key, *options): a package that OLD or NEW signed; OLD.toml and NEW.toml are
    board files that take no others."""
    for name in (OLD, NEW):
        assert cli.main(["keygen", str(tmp_path / f"{name}.pem"), "--json"]) == 0
        public = json.loads(capsys.readouterr().out)["line"]
        line = f'component = "MCU"\nkeys = ["{public}"]'
        text = boards.path_of("VIRTUAL").read_text().replace('component = "MCU"', line)
        (tmp_path / f"{name}.toml").write_text(text)

    def make(version, key, *options, board=None, app=APP):
        file, target = tmp_path / f"{board or key}.toml", tmp_path / f"{version}.bin"
        line = ["build", app, "--board", file, "--version", version, "-o", target]
        assert cli.main([*map(str, line), "--key", str(tmp_path / f"{key}.pem"), *options]) == 0
        return target

    return make


def logs(tmp_path, *packages, until, board_until):
    """What a board that was provisioned with OLD logs while they are offered."""
    sim_args, board_args = ("--push-every", "4"), ("--board", str(tmp_path / f"{OLD}.toml"))
    ends = {"until": until, "board_until": board_until}
    bench = Bench(tmp_path, *packages, **ends, sim_args=sim_args, board_args=board_args)
    assert bench.finish() == (0, 0)
    return [event["text"] for event in bench.board_events if event["event"] == "log"]


def test_after_an_upgrade_that_brings_another_key_only_that_one_counts(tmp_path, signed):
    first = signed("1_0_0", OLD)
    rotating = signed("2_0_0", OLD, "--library", board=NEW)
    too_late, again, next_one = signed("3_0_0", OLD), signed("3_0_1", OLD), signed("4_0_0", NEW)
    offers = rotating, too_late, again, next_one
    ends = {"until": "10705,10706,10706,10705", "board_until": "4_0_0"}
    told = logs(tmp_path, first, *offers, **ends)
    assert told.count("failed: unknown-key") == 2
    assert "restart: an update takes the application's place" in told


def test_where_that_application_has_failed_the_boards_own_key_opens_as_well(tmp_path, signed):
    ends = tmp_path / "ends"
    ends.mkdir()
    (ends / "main.py").write_text("x = 1\n")
    first = signed("1_0_0", OLD, "--library", board=NEW, app=ends)
    told = logs(tmp_path, first, signed("2_0_0", OLD), until="10705", board_until="2_0_0")
    assert "boot: the updater alone" in told
