# Runs device-side tests on the MicroPython VM: every `test_*` function of the files given.
#   micropython -X heapsize=32M tools/qsota_tools/vm/run_tests.py host_tests/device/test_log.py
import sys

_HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
_TREE = _HERE + "/../../.."
sys.path[:0] = [
    _HERE + "/tests_path",
    _TREE + "/firmware",
    _TREE + "/tools",
    _TREE + "/host_tests/device",
]


def run_file(path):
    name = path.rsplit("/", 1)[-1][:-3]
    module = __import__(name)
    passed = failed = 0
    for key in sorted(dir(module)):
        if not key.startswith("test_"):
            continue
        try:
            getattr(module, key)()
            passed += 1
            print("ok", name, key)
        except Exception as error:
            failed += 1
            print("FAILED", name, key)
            sys.print_exception(error)
    return passed, failed


def main(paths):
    passed = failed = 0
    for path in paths:
        p, f = run_file(path)
        passed += p
        failed += f
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main(sys.argv[1:])
