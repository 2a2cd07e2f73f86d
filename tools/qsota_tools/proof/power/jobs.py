"""What a campaign consists of, spread over the processor's cores."""

from collections.abc import Callable, Iterator
from functools import partial

from qsota_tools.common import workers
from qsota_tools.proof.power.chips import MODELS
from qsota_tools.proof.power.explore import Explorer, Tally
from qsota_tools.proof.power.replay import check_method
from qsota_tools.proof.power.scenarios import SCENARIOS

_MODELS = [model.name for model in MODELS.values() if model.supported]
_DEEP = tuple((scenario, "rp2") for scenario in ("upgrade", "again", "once", "recovery"))

Job = Callable[[int], Tally]


def _explore(scenario: str, model: str, depth: int, seed: int) -> Tally:
    return Explorer(scenario, model, seed).explore(depth)


def _walk(scenario: str, model: str, count: int, seed: int) -> Tally:
    return Explorer(scenario, model, seed).walk(count)


def _check(scenario: str, model: str, count: int, seed: int) -> Tally:
    tally = Tally(scenario, model, checked=count)
    tally.wrong = check_method(scenario, model, seed, count)
    return tally


def quick() -> list[Job]:
    """For every run of the tests: each cut of the main scenarios, and a sample of the rest."""
    jobs: list[Job] = [
        partial(_explore, scenario, model, 1)
        for scenario, model in (
            ("revert", "rp2"),
            ("resume", "rp2"),
            ("upgrade", "rp2"),
            ("recovery", "rp2"),
            ("instead", "rp2"),
            ("again", "ecc16"),
            ("delta", "rp2"),
        )
    ]
    jobs += [partial(_walk, scenario, "rp2", 20) for scenario in SCENARIOS]
    jobs += [partial(_check, scenario, "rp2", 3) for scenario in SCENARIOS]
    return jobs


def full() -> list[Job]:
    """Everything; the longest jobs come first."""
    jobs: list[Job] = [partial(_explore, *pair, 2) for pair in _DEEP]
    every = [(scenario, model) for model in reversed(_MODELS) for scenario in SCENARIOS]
    jobs += [partial(_explore, *pair, 1) for pair in every if pair not in _DEEP]
    jobs += [partial(_explore, "upgrade", "stm32", 1)]
    jobs += [partial(_walk, *pair, 50) for pair in every]
    jobs += [partial(_check, *pair, 10) for pair in every]
    return jobs


def run(jobs: list[Job], seed: int, crew: workers.Crew) -> Iterator[Tally]:
    """The tallies of all jobs, as they come, in the order of the jobs."""
    work = [(job, seed) for job in jobs]
    yield from workers.spread(run_one, work, crew, "campaign", "jobs")


def run_one(work: tuple[Job, int]) -> Tally:
    job, seed = work
    return job(seed)
