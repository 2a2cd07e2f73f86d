"""What the device's code finds on CPython in MicroPython's place."""

import gc


class Cycle:
    def __init__(self):
        self.itself = self


def test_a_collection_is_of_what_is_new_unless_its_caller_names_a_generation():
    seen = []
    gc.callbacks.append(lambda phase, info: seen.append(info["generation"]))
    try:
        gc.disable()
        Cycle()
        assert gc.collect() > 0
        gc.collect(2)
        gc.collect(generation=1)
    finally:
        gc.enable()
        gc.callbacks.pop()
    assert seen == [0, 0, 2, 2, 1, 1]  # a start and an end of each
