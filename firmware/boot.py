try:
    import qsota.boot.system

    qsota.boot.system.keep()  # first: no import from now on looks for MicroPython's among files
    import qsota.boot.loader

    qsota.boot.loader.boot()
except Exception as error:  # left to main.py, which an exception here would keep from running
    import sys

    sys.print_exception(error)
