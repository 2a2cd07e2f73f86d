# Runs device-side tests on the MicroPython VM: each `test_*` function of the files given, or one.
#   micropython -X heapsize=32M run_tests.py host_tests/device/resident/test_log.py
#   ... [--firmware=DIR] [--first] host_tests/device/resident/test_log.py::test_name
# --first: the first failure is the end.
import sys

_HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
_TREE = _HERE + "/../../../.."
_FIRMWARE = "--firmware="
_FIRST = "--first"


def find_modules(firmware):
    tests = _TREE + "/host_tests/device"
    sys.path[:0] = [_HERE + "/tests_path", firmware, _TREE + "/tools", tests]


def run_file(spec, first):
    path, _, wanted = spec.partition("::")
    directory, _, name = path.rpartition("/")
    name = name[:-3]
    sys.path.insert(0, directory)
    module = __import__(name)
    passed = failed = 0
    for key in sorted(dir(module)):
        test = getattr(module, key)
        if not key.startswith("test_") or wanted and key != wanted or test is None:
            continue  # None: this run leaves it out
        try:
            test()
            passed += 1
            print("ok", name, key)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a Reset of the bench, too
            failed += 1
            print("FAILED", name, key)
            sys.print_exception(error)
            if first:
                break
    return passed, failed


def main(args):
    firmware = _TREE + "/firmware"
    if args[0].startswith(_FIRMWARE):
        firmware = args.pop(0)[len(_FIRMWARE) :]
    first = args[0] == _FIRST
    find_modules(firmware)
    passed = failed = 0
    for spec in args[first:]:
        p, f = run_file(spec, first)
        passed += p
        failed += f
        if first and failed:
            break
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main(sys.argv[1:])
