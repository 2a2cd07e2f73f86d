"""`qsota bench heap`: what the decoders take of the heap, and the time of a signature check."""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from qsota.update import package
from qsota_tools.common.paths import EXAMPLES, FIRMWARE, VM
from qsota_tools.package import keys, payload
from qsota_tools.package.image import build_image
from qsota_tools.package.signing import sign_message
from qsota_tools.virtual.vm_process import find_micropython

_WINDOWS = (9, 10, 12, 15)


def add_parser(benches: argparse._SubParsersAction, name: str) -> None:
    benches.add_parser(
        name, description="Run the decoders and a signature check on the MicroPython VM."
    )


def run(args: argparse.Namespace) -> int:
    old, new = (build_image(EXAMPLES / f"sensor_node_{v}_0_0") for v in (1, 2))
    print("live heap on the 64-bit VM, in bytes; a 32-bit board takes less")
    print(f"{'':<24} {'code':>7} {'decoder':>8}")
    for kind, window_bits in [
        *((package.DEFLATE, bits) for bits in _WINDOWS),
        *((package.DELTA, bits) for bits in _WINDOWS),
    ]:
        content = payload.pack(kind, new, window_bits, old)
        found = _on_the_vm("payload", kind, window_bits, content, old, new)
        name = f"{payload.KINDS[kind]}, window {1 << window_bits}"
        print(f"{name:<24} {found['code']:>7} {found['peak']:>8}")
    key = keys.generate()
    message = bytes(package.SIGNED_SIZE)
    found = _on_the_vm("signature", 0, 0, keys.modulus(key), message, sign_message(message, key))
    print(
        f"\nsignature check: {found['us'] / 1000:.1f} ms on this machine, "
        f"{found['allocated']} bytes allocated in all, code {found['code']}"
    )
    return 0


def _on_the_vm(what: str, kind: int, window_bits: int, *files: bytes) -> dict[str, int]:
    """Run vm/measure_heap.py over files with these contents."""
    with tempfile.TemporaryDirectory() as directory:
        paths = [Path(directory) / str(n) for n in range(len(files))]
        for path, content in zip(paths, files, strict=True):
            path.write_bytes(content)
        command = [
            *(find_micropython(), "-X", "heapsize=2M", VM / "measure_heap.py", FIRMWARE),
            *(what, kind, window_bits, *paths),
        ]
        shown = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return json.loads(shown.stdout)
