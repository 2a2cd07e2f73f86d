"""A hostile application and module, one run of each class on every interpreter."""

from qsota_tools.proof.hostile import hostile_runs


def test_every_class_of_hostile_runs_ends_well():
    for name in hostile_runs.NAMES:
        result = hostile_runs.run(name, 3)
        assert result.problems == [], name
        assert result.outcome, name
