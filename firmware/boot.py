try:
    import gc

    if gc.mem_free() < 131072:
        gc.threshold(4096)  # else what stays comes to lie all over a small heap
    import qsota.boot.system

    qsota.boot.system.keep()  # first: no import from now on looks for MicroPython's among files
    import qsota.boot.loader

    qsota.boot.loader.boot()
except Exception as error:  # left to main.py, which an exception here would keep from running
    import sys

    sys.print_exception(error)
