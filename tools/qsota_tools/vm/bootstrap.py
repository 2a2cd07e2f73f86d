# Powers the virtual board up: from here on everything happens as in ports/rp2/main.c.
#   micropython -X heapsize=... bootstrap.py SETTINGS-AS-JSON     (started by the supervisor)
import os
import sys

import vfs

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/edges")

import supply  # noqa: E402

supply.attach(sys.argv.pop())

import machine  # noqa: E402, F401  loaded while the host's files are there; it shadows the built-in
import rp2  # noqa: E402


def mount_root():
    """What the stock `_boot.py` does: a storage that does not mount is formatted."""
    vfs.umount("/")
    flash = rp2.Flash()
    try:
        root = vfs.VfsLfs2(flash, progsize=256)
    except OSError:
        vfs.VfsLfs2.mkfs(flash, progsize=256)
        root = vfs.VfsLfs2(flash, progsize=256)
    vfs.mount(root, "/")
    os.chdir("/")


def run(path, names):
    """Run a script if it exists; False when an exception ended it."""
    try:
        with open(path) as file:
            source = file.read()
    except OSError:
        return True
    try:
        exec(compile(source, path, "exec"), names)
    except SystemExit:
        machine.soft_reset()
    except BaseException as error:
        sys.print_exception(error)
        return False
    return True


sys.path[:] = ["", ".frozen", "/lib"]
del sys.argv[:]
mount_root()
names = {"__name__": "__main__"}
if run("boot.py", names):  # stock: no main.py after a boot.py that failed
    run("main.py", names)
supply.halt("repl")
