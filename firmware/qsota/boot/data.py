# The data area of a board: the product's own files, which no update touches.
import json

from micropython import const

from qsota import log
from qsota.resident import handover

_PROGSIZE = const(256)
_EPERM = const(1)


def mount(board):
    """Mount it at /data, for reading and writing; once is enough."""
    if board.has_data:
        return
    import vfs

    device = board.device("data")
    try:
        vfs.mount(vfs.VfsLfs2(device, progsize=_PROGSIZE), "/data")
    except OSError as error:
        if error.args[0] != _EPERM:
            raise  # else an earlier Board has mounted it
    board.has_data = True


def settings(board):
    """The product's own settings; {} if there are none."""
    found = {}
    try:
        mount(board)
        with open("/data/settings.json") as file:
            found = json.load(file)
    except (OSError, ValueError) as error:
        log.write("no settings: %r" % error)
    if not isinstance(found, dict):
        found = {}
        log.write("no settings: settings.json holds no JSON object")
    if handover.state.alone and board.has_data:  # its file system takes 2 KB
        import vfs

        board.has_data = False
        vfs.umount("/data")
    return found
