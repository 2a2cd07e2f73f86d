"""What the decoders take of the heap, and the time of a signature check, on the MicroPython VM."""

import json
import subprocess
from collections.abc import Iterator

from qsota.update import package
from qsota_tools.common.files import scratch
from qsota_tools.common.paths import EXAMPLES, FIRMWARE, VM
from qsota_tools.package import keys, payload
from qsota_tools.package.image import build_image
from qsota_tools.package.signing import sign_message
from qsota_tools.virtual.vm_process import find_micropython

_WINDOWS = (9, 10, 12, 15)


def decoders() -> Iterator[dict]:
    """For each kind and window the live heap in bytes: of the code, and of the decoder at work."""
    old, new = (build_image(EXAMPLES / f"sensor_node_{v}_0_0") for v in (1, 2))
    for kind in (package.DEFLATE, package.DELTA):
        for window_bits in _WINDOWS:
            content = payload.pack(kind, new, window_bits, old)
            found = _on_the_vm("payload", kind, window_bits, content, old, new)
            yield {"kind": payload.KINDS[kind], "window": 1 << window_bits, **found}


def signature_check() -> dict[str, int]:
    """us: its time on this machine; allocated: bytes in all; code: bytes of heap for it."""
    key = keys.generate()
    message = bytes(package.SIGNED_SIZE)
    return _on_the_vm("signature", 0, 0, keys.modulus(key), message, sign_message(message, key))


def _on_the_vm(what: str, kind: int, window_bits: int, *files: bytes) -> dict[str, int]:
    """Run vm/measure_heap.py over files with these contents."""
    with scratch() as directory:
        paths = [directory / str(n) for n in range(len(files))]
        for path, content in zip(paths, files, strict=True):
            path.write_bytes(content)
        command = [
            *(find_micropython(), "-X", "heapsize=2M", VM / "measure_heap.py", FIRMWARE),
            *(what, kind, window_bits, *paths),
        ]
        shown = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return json.loads(shown.stdout)
