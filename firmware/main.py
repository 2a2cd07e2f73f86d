try:
    from qsota.resident import program

    program.main()
except Exception as error:  # not even the loader runs
    import sys
    import time

    import machine

    sys.print_exception(error)
    time.sleep(10)  # for Ctrl-C
    machine.reset()
