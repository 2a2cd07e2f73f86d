# From power-up to the REPL, as in ports/rp2/main.c.
import os
import sys

import vfs

import supply

supply.attach(int(sys.argv.pop()))

import machine  # noqa: E402  loaded while the host's files are there; it shadows the built-in
import rp2  # noqa: E402


def run(names):
    """Mount the root and run the scripts in names, which the REPL goes on with, as on a board."""
    for name in list(names):
        if name != "__name__":
            del names[name]
    sys.path[:] = ["", ".frozen", "/lib"]
    del sys.argv[:]
    try:
        if supply.settings["soft"]:
            supply.send("usb")  # it stayed up
        _mount_root()
        # Stock: no main.py after a boot.py that failed, nor while a host holds the raw REPL.
        done = _script("boot.py", names)
        supply.send("usb")
        if done and not supply.settings["raw"]:
            _script("main.py", names)
    except KeyboardInterrupt:
        pass  # between the scripts
    supply.ask("repl")


def _mount_root():
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


def _script(path, names):
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
