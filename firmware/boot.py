try:
    import qsota.boot.system

    qsota.boot.system.start()
except Exception as error:  # left to main.py, which an exception here would keep from running
    import sys

    sys.print_exception(error)
