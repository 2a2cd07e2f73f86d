"""A whole fleet, in parts that run beside each other."""

import time
from typing import Any

from qsota_tools.common import workers
from qsota_tools.fleet import figures
from qsota_tools.fleet.part import Counts, peak_kb, run_part
from qsota_tools.fleet.spec import Spec

PART = 250  # devices; each part has a Center of its own

Job = tuple[Spec, int, int]


def rehearse(spec: Spec, devices: int, crew: workers.Crew) -> dict[str, Any]:
    """The figures of that many devices."""
    began = time.monotonic()
    jobs = [(spec, first, min(PART, devices - first)) for first in range(0, devices, PART)]
    total = figures.merge(workers.spread(run_job, jobs, crew, "fleet", "parts"))
    seconds = time.monotonic() - began
    return figures.as_json(total, spec, devices, seconds, peak_kb())


def run_job(job: Job) -> Counts:
    return run_part(*job)
