"""Work that is spread over processes and over a cluster."""

import os
import subprocess
import sys

import pytest

from qsota_tools.cli import main
from qsota_tools.common.errors import UserError
from qsota_tools.common.paths import TOOLS
from qsota_tools.common.workers import Crew, spread
from qsota_tools.fleet.fleet import run_job
from qsota_tools.fleet.spec import Spec


def double(number):
    return 2 * number


def die(number):
    os._exit(number)


def results(run, jobs, crew):
    return list(spread(run, jobs, crew, "test", "jobs"))


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_jobs(processes):
    assert results(double, list(range(20)), Crew(processes)) == list(range(0, 40, 2))


def test_a_process_that_dies_is_told():
    with pytest.raises(UserError, match="worker process has ended"):
        results(die, [1, 1], Crew(2))


def test_whoever_stops_listening_ends_the_processes():
    jobs = spread(double, list(range(100)), Crew(2), "test", "jobs")
    assert next(jobs) == 0
    jobs.close()


INTERRUPTED = """
import os, signal
from qsota_tools.common.workers import Crew, spread
def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
os.register_at_fork(after_in_parent=interrupt)
try:
    list(spread(abs, [1, 2, 3], Crew(2), "test", "jobs"))
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_in_the_moment_of_a_fork_is_not_lost():
    environment = {**os.environ, "PYTHONPATH": str(TOOLS)}
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout == "interrupted\n"
    assert "Exception ignored" not in done.stderr


KILLED = """
import time
from qsota_tools.common.workers import Crew, spread
def work(seconds):
    print("at work", flush=True)
    time.sleep(seconds)
list(spread(work, [600, 600], Crew(2), "test", "jobs"))
"""


def test_a_program_that_is_killed_takes_its_workers_along():
    environment = {**os.environ, "PYTHONPATH": str(TOOLS)}
    command = [sys.executable, "-c", KILLED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as program:
        for _ in range(2):
            assert program.stdout.readline() == "at work\n"
        program.kill()
        # What they write to is open for as long as one of them lives.
        assert program.communicate(timeout=60)[0] == ""


@pytest.fixture
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


@pytest.mark.slow
def test_a_cluster_does_the_same_work_although_one_of_its_workers_is_killed(cluster):
    jobs = [(Spec(seed=2), first, 2) for first in range(0, 12, 2)]
    pids = [worker.process.pid for worker in cluster.workers.values()]
    there = []
    for result in spread(run_job, jobs, Crew(scheduler=cluster.scheduler_address), "test", "jobs"):
        if not there:
            os.kill(pids[0], 9)
        there.append(result)
    for far, near in zip(there, map(run_job, jobs), strict=True):
        for counts in (far, near):
            del counts["peak_kb"]
        assert far == near


def test_campaigns_and_fleets_take_a_scheduler_that_must_be_there(capsys, monkeypatch):
    monkeypatch.setattr("qsota_tools.common.workers._ANSWERS_S", 1)
    for command in (["fleet"], ["campaign", "--links", "1"]):
        assert main([*command, "--scheduler", "tcp://127.0.0.1:1"]) == 1
        assert "no Dask scheduler at tcp://127.0.0.1:1" in capsys.readouterr().err
