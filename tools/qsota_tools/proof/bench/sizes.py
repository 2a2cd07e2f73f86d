"""`qsota bench sizes`: payload sizes over the releases of MicroPython software on PyPI."""

import argparse
import difflib
import importlib.util
import io
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from qsota.update import package
from qsota_tools.common.errors import UserError
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


def add_parser(benches: argparse._SubParsersAction, name: str) -> None:
    parser = benches.add_parser(
        name,
        description="Compare payloads over the real history of published MicroPython software, "
        "next to detools and hdiffpatch where they are installed (pip install qsota[bench]).",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("build/bench"),
        metavar="DIR",
        help="where the releases are kept after their download (default: build/bench)",
    )


def run(args: argparse.Namespace) -> int:
    measures = _measures()
    print("all sizes in % of the new image; each package has a header of 768 bytes besides")
    columns = " ".join(f"{name:>13}" for name in measures)
    print(f"{'':<26} {'image':>6} {'lines':>6} {columns}")
    shares: dict[str, list[float]] = {name: [] for name, _, _ in _KINDS}
    for project, folder, versions in _HISTORIES:
        releases = [_release(args.cache, project, folder, v) for v in versions.split()]
        for old, new in [*pairwise(releases), (releases[0], releases[-1])]:
            lines = _changed_lines(old, new)
            row = [100 * size(old.image, new.image) / len(new.image) for size in measures.values()]
            shares[_kind(lines)].append(row[list(measures).index("delta")])
            cells = " ".join(f"{value:>13.2f}" for value in row)
            name = f"{old.name} to {new.name.split()[-1]}"
            print(f"{name:<26} {len(new.image):>6} {lines:>6.2f} {cells}", flush=True)
    return _judge(shares)


def _judge(shares: dict[str, list[float]]) -> int:
    """Print each kind of release against its goal; 1 if the median of one misses it."""
    print(f"\n{'':<16} {'releases':>8} {'median':>7} {'worst':>7} {'goal':>7}")
    failed = False
    for name, _, goal in _KINDS:
        median, worst = statistics.median(shares[name]), max(shares[name])
        failed |= median > goal
        print(f"{name:<16} {len(shares[name]):>8} {median:>7.2f} {worst:>7.2f} {goal:>7.2f}")
    return int(failed)


def _kind(lines: float) -> str:
    return next(name for name, most, _ in _KINDS if lines <= most)


def _release(cache: Path, project: str, folder: str, version: str) -> Release:
    with zipfile.ZipFile(_download(cache / f"{project}-{version}", f"{project}=={version}")) as z:
        sources = {
            name: z.read(name)
            for name in z.namelist()
            if name.startswith(folder + "/") and name.endswith(".py")
        }
    with tempfile.TemporaryDirectory() as directory:
        app = Path(directory)
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
