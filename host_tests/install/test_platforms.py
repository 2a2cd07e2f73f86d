"""What qsota needs at run time can be had as wheels, without a compiler, on the systems that the
documents name: asked of the package index, nothing is installed."""

import json
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement

from qsota_tools.common.paths import TOOLS

pytestmark = pytest.mark.slow

PROJECT = tomllib.loads((TOOLS.parent / "pyproject.toml").read_text())["project"]
# The oldest that has to do, and what markers see there.
SYSTEMS = {
    "win_amd64": ("win32", "Windows", "AMD64", "nt"),
    "macosx_11_0_arm64": ("darwin", "Darwin", "arm64", "posix"),
    "macosx_11_0_x86_64": ("darwin", "Darwin", "x86_64", "posix"),
    "manylinux2014_aarch64": ("linux", "Linux", "aarch64", "posix"),
    "manylinux_2_28_x86_64": ("linux", "Linux", "x86_64", "posix"),
}
_ALSO = {"manylinux_2_28_x86_64": ["manylinux2014_x86_64"]}  # older wheels work there, too
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


@pytest.fixture(scope="session", autouse=True)
def index():
    command = [*_PIP, "--retries", "0", "--timeout", "20", "index", "versions", "shtab"]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("the package index cannot be reached")


def environment(platform, version):
    """What markers are evaluated with there: pip takes its own system's, whatever the platform."""
    sys_platform, system, machine, os_name = SYSTEMS[platform]
    return {
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": machine,
        "os_name": os_name,
        "python_version": version,
        "python_full_version": version + ".0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }


def needed(lines, there):
    """Those of the requirements that hold there, without their markers."""
    for line in lines:
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate(there):
            one.marker = None
            yield str(one)


def resolve(requirements, platform, version, folder):
    """name -> what its wheel says of itself, for all of them and what they need; fails if one has
    no wheel."""
    report = folder / "report.json"
    command = [*_PIP, "install", "--dry-run", "--quiet", "--ignore-installed"]
    command += ["--only-binary=:all:", "--python-version", version]
    for tag in (platform, *_ALSO.get(platform, ())):
        command += ["--platform", tag]
    command += ["--target", str(folder / "none"), "--report", str(report)]
    done = subprocess.run([*command, *requirements], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = [entry["metadata"] for entry in json.loads(report.read_text())["install"]]
    return {entry["name"].lower().replace("_", "-"): entry for entry in found}


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("platform", SYSTEMS)
def test_everything_that_is_needed_at_run_time_has_a_wheel(platform, version, tmp_path):
    there = environment(platform, version)
    wanted = set(needed(PROJECT["dependencies"], there))
    assert len(wanted) > 7
    while True:
        found = resolve(sorted(wanted), platform, version, tmp_path)
        lines = {line for it in found.values() for line in it.get("requires_dist", ())}
        # What a package needs there and pip, which judges by the system it runs on, left out.
        missing = {
            line
            for line in needed(lines, there)
            if Requirement(line).name.lower().replace("_", "-") not in found
        }
        if not missing:
            break
        wanted |= missing
    assert all(Requirement(line).name.lower().replace("_", "-") in found for line in wanted)


def test_the_sorter_of_suffixes_is_left_out_where_it_has_no_wheel():
    lists = {
        name: " ".join(needed(PROJECT["dependencies"], environment(name, "3.12")))
        for name in SYSTEMS
    }
    assert {name for name, text in lists.items() if "pydivsufsort" not in text} == {
        "manylinux2014_aarch64"
    }
