try:
    import qsota.boot.system

    qsota.boot.system.keep()  # before other imports: it makes them ten times as fast
    import qsota.boot.loader

    qsota.boot.loader.boot()
except Exception as error:  # left to main.py, which an exception here would keep from running
    import sys

    sys.print_exception(error)
