"""Payload sizes over the releases of MicroPython software on PyPI."""

import difflib
import importlib.util
import io
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from qsota.update import package
from qsota_tools.common.errors import UserError
from qsota_tools.common.files import scratch
from qsota_tools.package import payload
from qsota_tools.package.image import build_image

_WINDOW_BITS = 12
# (project, its folder for the board, releases)
_HISTORIES = (
    (
        "microdot",
        "microdot",
        "2.0.6 2.0.7 2.1.0 2.2.0 2.3.0 2.3.1 2.3.2 2.3.3 2.3.4 2.3.5 "
        "2.4.0 2.5.0 2.5.1 2.6.0 2.6.1 2.6.2 2.7.0",
    ),
    ("openmv-ota", "openmv_ota/build/device", "1.0.4 1.0.5 1.0.6 1.0.7"),
)
# What counts as what: (name, most lines changed, goal for the delta), both in % of the whole.
_KINDS = (("hotfix", 0.3, 1.0), ("point release", 2.0, 6.0), ("feature release", 100.0, 45.0))

Measure = Callable[[bytes, bytes], int]


class Release(NamedTuple):
    name: str
    sources: dict[str, bytes]
    image: bytes


def columns() -> list[str]:
    """What is measured: our payloads, and the formats of other tools that are installed."""
    return list(_measures())


def rows(cache: Path) -> Iterator[dict]:
    """Each step of each history: name, bytes of the new image, % of its lines that changed, kind,
    and sizes in % of the image. cache: where the releases are kept after their download."""
    measures = _measures()
    for project, folder, versions in _HISTORIES:
        releases = [_release(cache, project, folder, v) for v in versions.split()]
        for old, new in [*pairwise(releases), (releases[0], releases[-1])]:
            lines = _changed_lines(old, new)
            yield {
                "name": f"{old.name} to {new.name.split()[-1]}",
                "image": len(new.image),
                "lines": lines,
                "kind": _kind(lines),
                "sizes": {
                    name: 100 * size(old.image, new.image) / len(new.image)
                    for name, size in measures.items()
                },
            }


def judge(found: list[dict]) -> list[dict]:
    """For each kind of release: how many, median and worst delta in %, and the goal for the
    median."""
    judged = []
    for name, _, goal in _KINDS:
        shares = [row["sizes"]["delta"] for row in found if row["kind"] == name]
        if shares:
            figures = {"median": statistics.median(shares), "worst": max(shares), "goal": goal}
            judged.append({"kind": name, "releases": len(shares), **figures})
    return judged


def _kind(lines: float) -> str:
    return next(name for name, most, _ in _KINDS if lines <= most)


def _release(cache: Path, project: str, folder: str, version: str) -> Release:
    with zipfile.ZipFile(_download(cache / f"{project}-{version}", f"{project}=={version}")) as z:
        sources = {
            name: z.read(name)
            for name in z.namelist()
            if name.startswith(folder + "/") and name.endswith(".py")
        }
    with scratch() as app:
        (app / "main.py").write_text("import asyncio\n")
        for name, content in sources.items():
            path = app / Path(name).relative_to(Path(folder).parent)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return Release(f"{project} {version}", sources, build_image(app))


def _download(directory: Path, pinned: str) -> Path:
    if not directory.is_dir():
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
        only = ("--no-deps", "--only-binary", ":all:", "--dest", str(directory), pinned)
        if subprocess.run((*pip, *only)).returncode:
            raise UserError(f"cannot download {pinned}")
    return next(directory.glob("*.whl"))


def _changed_lines(old: Release, new: Release) -> float:
    """Lines that were changed, added or removed, in % of those of the new release."""
    changed = 0
    for name in old.sources.keys() | new.sources.keys():
        before = old.sources.get(name, b"").splitlines()
        after = new.sources.get(name, b"").splitlines()
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        for tag, *span in matcher.get_opcodes():
            if tag != "equal":
                changed += max(span[1] - span[0], span[3] - span[2])
    return 100 * changed / sum(len(data.splitlines()) for data in new.sources.values())


def _measures() -> dict[str, Measure]:
    measures: dict[str, Measure] = {
        "plain": lambda old, new: len(new),
        "deflate": lambda old, new: len(payload.pack(package.DEFLATE, new, _WINDOW_BITS)),
        "delta": lambda old, new: len(payload.pack(package.DELTA, new, _WINDOW_BITS, old)),
    }
    if importlib.util.find_spec("detools"):
        measures["detools hs"] = lambda old, new: _detools(old, new, "heatshrink")
        measures["detools lzma"] = lambda old, new: _detools(old, new, "lzma")
    if importlib.util.find_spec("hdiffpatch"):
        measures["hpatchlite tuz"] = _hpatchlite
    return measures


def _detools(old: bytes, new: bytes, compression: str) -> int:
    import detools

    patch = io.BytesIO()
    detools.create_patch(io.BytesIO(old), io.BytesIO(new), patch, compression=compression)
    return len(patch.getvalue())


def _hpatchlite(old: bytes, new: bytes) -> int:
    import hdiffpatch

    packer = hdiffpatch.TuzConfig(dict_size=1 << _WINDOW_BITS)
    return len(hdiffpatch.diff_lite(old, new, compression=packer))
