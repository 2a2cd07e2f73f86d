# Measures one decoder, or a signature check; prints JSON.
#   micropython measure_heap.py FIRMWARE payload KIND WINDOW_BITS PAYLOAD BASE IMAGE
#   micropython measure_heap.py FIRMWARE signature 0 0 MODULUS MESSAGE SIGNATURE
import gc
import json
import sys
import time

_ROUNDS = 20


def live():
    gc.collect()
    return gc.mem_alloc()


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Base:
    def __init__(self, image):
        self._image = image
        self.size = len(image)

    def read(self, offset, buf):
        buf[:] = memoryview(self._image)[offset : offset + len(buf)]


def measure_payload(kind, window_bits, payload, base, image):
    before = live()
    from qsota.update.inflate import Inflater

    if kind == 2:
        from qsota.update.delta import Patch
    code = live() - before
    done = peak = 0

    def sink(piece):
        nonlocal done, peak
        if piece != memoryview(image)[done : done + len(piece)]:
            raise ValueError("wrong image")
        done += len(piece)
        peak = max(peak, live())

    base, view = Base(base), memoryview(payload)
    before = live()
    inflater = Inflater(window_bits, Patch(base, sink).write if kind == 2 else sink)
    for at in range(0, len(payload), 1024):
        for _ in inflater.write(view[at : at + 1024]):
            pass
    for _ in inflater.finish():
        pass
    if done != len(image):
        raise ValueError("short image")
    return {"code": code, "peak": peak - before}


def measure_signature(kind, window_bits, modulus, message, signature):
    before = live()
    from qsota.update import rsa

    code = live() - before
    gc.disable()
    before = gc.mem_alloc()
    if not rsa.verify(modulus, message, signature):
        raise ValueError("wrong signature")
    allocated = gc.mem_alloc() - before
    gc.enable()
    begun = time.ticks_us()
    for _ in range(_ROUNDS):
        rsa.verify(modulus, message, signature)
    spent = time.ticks_diff(time.ticks_us(), begun) // _ROUNDS
    return {"code": code, "allocated": allocated, "us": spent}


_, firmware, what, kind, window_bits, *paths = sys.argv
sys.path.insert(0, firmware)
measure = {"payload": measure_payload, "signature": measure_signature}[what]
print(json.dumps(measure(int(kind), int(window_bits), *[read(path) for path in paths])))
