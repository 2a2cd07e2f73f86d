# What an application imports. The class is in a file of its own, whose code runs in place: that of
# this one does not, since the application's own import statement loads it.
import gc

from qsota.resident.this_board import Device  # noqa: F401

gc.collect()  # what the application holds comes to lie in what is free now, and not above it
