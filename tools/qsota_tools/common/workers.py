"""Work that is spread over the cores of this machine, or over those of a Dask cluster."""

import importlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from qsota_tools.common import shim
from qsota_tools.common.errors import UserError
from qsota_tools.common.interrupts import held
from qsota_tools.common.progress import Progress

_ANSWERS_S = 10  # a scheduler that is there
_LOOK_S = 1  # how often a worker looks for the program that it works for
_ALONE = threading.Lock()  # the device's code keeps its state in modules: one job at a time


@dataclass(frozen=True)
class Crew:
    """Who works: processes of this machine (None: one for each core), or the scheduler's."""

    processes: int | None = None
    scheduler: str | None = None


def spread(
    run: Callable[[Any], Any], jobs: Sequence[Any], crew: Crew, title: str, unit: str
) -> Iterator[Any]:
    """run(job) of each, in their order, as they come; run is a function of a module, with plain
    arguments and results. A job whose process dies is an error here, on a cluster it is done
    again elsewhere."""
    results = _on_cluster if crew.scheduler else _here
    with Progress(title, unit) as progress:
        for done, result in enumerate(results(run, jobs, crew), 1):
            progress.show(done, len(jobs))
            yield result


def _here(run: Callable, jobs: Sequence[Any], crew: Crew) -> Iterator[Any]:
    if crew.processes == 1:
        yield from map(run, jobs)
        return
    context = multiprocessing.get_context("fork")
    with (
        ProcessPoolExecutor(crew.processes, context, _begin, (os.getpid(),)) as pool,
        _ending_with_us(),
    ):
        try:
            with held():  # they are forked here
                futures = [pool.submit(run, job) for job in jobs]
            for future in futures:
                yield future.result()
        except BrokenProcessPool:
            raise UserError("a worker process has ended: was there not enough memory?") from None


@contextmanager
def _ending_with_us() -> Iterator[None]:
    before = set(multiprocessing.active_children())
    try:
        yield
    except BaseException:
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise


def _begin(owner: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for its owner alone
    threading.Thread(target=_end_with, args=(owner,), daemon=True).start()
    shim.install()


def _end_with(owner: int) -> None:
    # One that is killed ends nobody, and each worker has the other's end of the pipe for jobs.
    while os.getppid() == owner:
        time.sleep(_LOOK_S)
    os._exit(1)


def _on_cluster(run: Callable, jobs: Sequence[Any], crew: Crew) -> Iterator[Any]:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UserError("--scheduler needs more packages: pip install 'qsota[cluster]'") from None
    try:
        client = Client(crew.scheduler, timeout=_ANSWERS_S)
    except (OSError, ValueError) as error:
        raise UserError(f"no Dask scheduler at {crew.scheduler}: {error}") from None
    with client:
        name = run.__module__, run.__qualname__
        futures = [client.submit(run_there, *name, pickle.dumps(job), pure=False) for job in jobs]
        try:
            while futures:
                yield futures.pop(0).result()
        finally:
            client.cancel(futures, force=True)


def run_there(module: str, function: str, job: bytes) -> Any:
    """On a worker of a cluster, which has qsota installed. Named and packed, since nothing of the
    device's code can be imported before the shim is there."""
    shim.install()
    with _ALONE:
        return getattr(importlib.import_module(module), function)(pickle.loads(job))
