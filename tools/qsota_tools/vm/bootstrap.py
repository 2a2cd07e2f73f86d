# What the supervisor starts in place of a board's firmware; the VM's own REPL follows.
#   micropython -i -X heapsize=... bootstrap.py CONTROL-SOCKET
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/edges")

import power_up  # noqa: E402

power_up.run(globals())
