# What the supervisor starts in place of a board's firmware; the VM's own REPL follows.
#   micropython -i -X heapsize=... bootstrap.py CONTROL-SOCKET
import sys

_here = __file__.rsplit("/", 1)[0]
sys.path[:0] = [_here + "/edges", _here + "/../../.."]  # the latter: the model of a flash chip

import power_up  # noqa: E402

power_up.run(globals())
