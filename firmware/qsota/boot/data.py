# The data area of a board: the product's own files, which no update touches. Its file system takes
# 2 KB while it is mounted, so the library mounts it for no longer than it reads its settings.
import json

from micropython import const

from qsota import log
from qsota.boot import hardware

_PROGSIZE = const(256)
_EPERM = const(1)
_POINT = "/data"


def mount(board=None):
    """Mount it at /data, for reading and writing; False if it is there already. board: as its file
    is read, unless the caller has done that."""
    import vfs

    device = (board or hardware.load()).device("data")
    try:
        vfs.mount(vfs.VfsLfs2(device, progsize=_PROGSIZE), _POINT)
        return True
    except OSError as error:
        if error.args[0] != _EPERM:
            raise
        return False


def settings(board):
    """The product's own settings; {} if there are none."""
    found, mine = {}, False
    try:
        mine = mount(board)
        with open(_POINT + "/settings.json") as file:
            found = json.load(file)
    except (OSError, ValueError) as error:
        log.write("no settings: %r" % error)
    finally:
        if mine:  # and not the application's
            import vfs

            vfs.umount(_POINT)
    if not isinstance(found, dict):
        found = {}
        log.write("no settings: settings.json holds no JSON object")
    return found
