"""The program `qsota` and `python -m qsota_tools`: Ctrl-C ends it at any moment, in silence."""

import sys  # Nothing that is read from a file: Ctrl-C finds that inside main(), too.


def main() -> int:
    try:
        from qsota_tools import cli

        try:
            code = cli.main()
        except SystemExit as end:  # argparse's, after help or a complaint
            code = end.code
        return cli.flush(code)
    except KeyboardInterrupt:
        return 130
    finally:
        import signal

        # What is left is the end of the interpreter, which would complain.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
