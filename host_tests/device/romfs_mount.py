# Images, and file systems of them.


from qsota.boot.flash import Area
from qsota.boot.romfs import RomFs
from qsota.boot.slot import IMAGE_OFFSET, Image
from qsota_tools.proof.lab.nor_flash import NorFlash
from romfs_image import FILE, PADDING, VERBATIM, file, folder, image, named, pointer, record
from util import ON_MICROPYTHON, raises

DIR, REG = 0x4000, 0x8000


BINARY = bytes(range(256)) * 3


TEXT = "first line\nzweite Zeile: Größe 5 µm\n\n" + "x" * 200 + "\nlast, 終わり"


PKG = (
    file("__init__.py", b""),
    file("sub.py", b"value = 41\n"),
    file("other.py", b"where = __file__\n"),
    folder("deep", file("data.bin", BINARY), folder("er")),
)


APP = image(
    record(PADDING, b"pad"),
    file("main.py", b"from pkg import sub\nfrom pkg.other import where\nvalue = sub.value + 1\n"),
    record(99, b"a kind of the future"),
    folder("pkg", *PKG),
    file("text.txt", TEXT.encode()),
    file("empty", b""),
    pointer("shared.bin", 3, 2),  # "pad"
    named(FILE, "odd.txt", record(PADDING, b"xyz") + record(VERBATIM, b"after padding")),
)


def in_flash(data):
    """The image as it lies in a slot, read through an Area as where flash has no addresses."""
    content = bytes(IMAGE_OFFSET) + data
    flash = NorFlash(len(content) // 4096 + 1, content=content)
    return Image(Area(flash, flash.size, 4096, 256), len(data))


def file_systems(data=APP):
    """The same image through everything that can read it; all must give the same answers."""
    systems = [RomFs(memoryview(data)), RomFs(in_flash(data))]
    if ON_MICROPYTHON:
        import vfs

        systems.append(vfs.VfsRom(data))
    return systems


def code(call, *args):
    return raises(OSError, call, *args).args[0]
