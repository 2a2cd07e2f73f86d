"""The program `qsota` and `python -m qsota_tools`: Ctrl-C ends it at any moment, in silence."""

import signal
import sys


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
        # What is left is the end of the interpreter, which would complain.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
