# An image becomes the application: mounted at /app, and first on the path.
import sys


def leave():
    """Undo mount(): the updater runs alone, and the file system would take some of its heap."""
    import vfs

    vfs.umount("/app")
    sys.path.remove("/app")


def mount(source):
    """Mount an image (a memoryview, or what reads like an Image) at /app and make it first on the
    path; OSError if it is no file system."""
    import vfs

    if hasattr(vfs, "VfsRom") and isinstance(source, memoryview):
        system = vfs.VfsRom(source)  # runs code in place; needs flash that can be addressed
    else:
        from qsota.boot.romfs import RomFs

        system = RomFs(source)
    vfs.mount(system, "/app", readonly=True)
    sys.path.insert(0, "/app")
