# From power-up to the REPL, as in main.c of the port.
import sys

import vfs

import supply

supply.attach(int(sys.argv.pop()))

import machine  # noqa: E402  loaded while the host's files are there; it shadows the built-in

if supply.settings["port"] == "rp2":
    import start_rp2 as port
else:
    import start_stm32 as port


def run(names):
    """Mount the root and run the scripts in names, which the REPL goes on with, as on a board."""
    for name in list(names):
        if name != "__name__":
            del names[name]
    sys.path[:] = ["", ".frozen"] + port.PATH
    del sys.argv[:]
    try:
        if supply.settings["usb"]:
            supply.send("usb", mode=supply.settings["usb"])  # it stayed up through a soft reset
        vfs.umount("/")
        port.mount_root()
        # Stock: no main.py after a boot.py that failed, nor while a host holds the raw REPL.
        done = _script("boot.py", names)
        port.start_usb()
        if done and not supply.settings["raw"]:
            _script("main.py", names)
    except KeyboardInterrupt:
        pass  # between the scripts
    while True:
        try:
            return supply.ask("repl")
        except KeyboardInterrupt:
            pass  # another one, from a host that was not answered soon enough


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
