# An image becomes the application: mounted at /app, and first on the path.
import sys

from qsota import log
from qsota.resident import handover, phases

_LIBRARY = "/app/lib/qsota"


def leave():
    """Undo mount(): the updater runs alone, and the file system would take some of its heap."""
    import vfs

    vfs.umount("/app")
    sys.path.remove("/app")
    handover.state.files = None


def mount(source):
    """Mount an image (a memoryview, or what reads like an Image) at /app and make it first on the
    path; OSError if it is no file system."""
    import vfs

    if hasattr(vfs, "VfsRom") and isinstance(source, memoryview):
        system = vfs.VfsRom(source)  # runs code in place; needs flash that can be addressed
    else:
        system = phases.get("qsota.boot.romfs").RomFs(source)
        handover.state.files = system
    vfs.mount(system, "/app", readonly=True)
    sys.path.insert(0, "/app")


def take_library():
    """A copy of the library that came with the application wins over the root's from now on, but
    for the loader and what is loaded already. The updater alone is always the root's."""
    try:
        with open(_LIBRARY + "/interface") as file:
            if file.read() != str(handover.INTERFACE):
                log.write("the application's library is for another loader")
                return
    except OSError:
        return
    for name, folder in (("qsota", ""), ("qsota.resident", "/resident")):
        module = sys.modules[name]
        place = _LIBRARY + folder
        # CPython has more than one place.
        module.__path__ = place if isinstance(module.__path__, str) else [place]
    handover.state.library = _LIBRARY
