# Stands before the root's boot.py: a Pico whose heap is as small as another board's, in one piece,
# and collected as the loader has it there.
import gc

HEAP = 0  # so many bytes are there

gc.collect()
held = bytearray(gc.mem_alloc() + gc.mem_free() - HEAP)
gc.threshold(4096)
