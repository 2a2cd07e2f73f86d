"""MicroPython's published images for the Pico, by name: downloaded once, and checked."""

import hashlib
import urllib.request
from pathlib import Path

from qsota_tools.common.errors import UserError

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
_LARGEST = 4 << 20  # bytes; a UF2 file is twice as large as what it puts into flash
_TIMEOUT_S = 60


def find_image(wanted: Path, cache: Path) -> Path:
    """The file itself, or for one of the PUBLISHED names its copy in the folder `cache`.

    UserError if it cannot be had, or is not the file that was published.
    """
    if wanted.exists() or wanted.name not in PUBLISHED:
        return wanted
    path = cache / wanted.name
    if not path.exists():
        data = _download(_SITE + wanted.name)
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


def _check(name: str, data: bytes) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != PUBLISHED[name]:
        raise UserError(f"{name} is not what was published: its SHA-256 is {found}")
