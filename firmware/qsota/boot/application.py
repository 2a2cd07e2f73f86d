# An image becomes the application: mounted at /app, and first on the path.
import sys

# What the library imports, now or later. MicroPython looks for these names among an application's
# files before it takes its own module, but first of all in sys.modules.
SYSTEM = (
    "array",
    "asyncio",
    "binascii",
    "collections",
    "deflate",
    "errno",
    "hashlib",
    "io",
    "json",
    "machine",
    "os",
    "pyb",
    "rp2",
    "stm",
    "struct",
    "time",
    "uctypes",
)


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
    _keep_system_names()
    sys.path.insert(0, "/app")


def _keep_system_names():
    path = sys.path[:]
    sys.path[:] = (".frozen",)  # none of them is a file, and to look for one takes 8 ms
    try:
        for name in SYSTEM:
            try:
                sys.modules[name] = __import__(name)
            except ImportError:
                pass  # another port's
    finally:
        sys.path[:] = path
