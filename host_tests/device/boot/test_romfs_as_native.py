"""Random programs get the same answers from the pure-Python ROMFS, from flash that cannot be
addressed, and, on MicroPython, from its own vfs.VfsRom."""

from qsota.boot.flash import Area
from qsota.boot.romfs import RomFs
from qsota.boot.slot import IMAGE_OFFSET, Image
from qsota_tools.common.dice import Dice
from qsota_tools.proof.lab.nor_flash import NorFlash
from romfs_image import PADDING, VERBATIM, file, folder, image, named, pointer, record
from util import ON_MICROPYTHON

PROGRAMS = 1000
STEPS = 25

NAMES = ("a", "b", "main.py", "lib", "ab", "zz", "x.bin", "n" * 60, "ü")
CONTENTS = (
    b"",
    b"\n",
    b"one\ntwo\r\nthree",
    "Größe 5 µm\n終わり\n".encode(),
    bytes(range(256)),
    b"x" * 300 + b"\n" + b"y" * 70,
    b"cut \xe2\x82",
    b"\x80\x80 starts inside\n",
    b"\xff\n\xfe",
)
PATHS = ("/", "", ".", "..", "/..", "lib/..", "//", "/lib//", "nope", "/lib/nope", "a/", "./a")


def tree(dice, depth=0):
    """Random entries of a directory, in random order, with names that come twice at times."""
    entries = []
    for _ in range(dice.below(7)):
        name = dice.pick(NAMES) if dice.below(30) else b"\xff"
        kind = dice.below(6)
        content = dice.pick(CONTENTS)
        if kind == 0 and depth < 4:
            entries.append(folder(name, *tree(dice, depth + 1)))
        elif kind == 1:
            entries.append(record(PADDING, b"z" * dice.below(50)))
        elif kind == 2:
            data = record(PADDING, b"pad") + record(VERBATIM, content)
            entries.append(named(5, name, data))
        elif kind == 3:
            entries.append(pointer(name, 1, 0))
        else:
            entries.append(file(name, content))
    return entries


def file_systems(data):
    flash = NorFlash(4, content=bytes(IMAGE_OFFSET) + data)
    area = Area(flash, flash.size, 4096, 256)
    systems = [RomFs(memoryview(data)), RomFs(Image(area, len(data)))]
    if ON_MICROPYTHON:
        import vfs

        systems.append(vfs.VfsRom(data))
    return systems


def outcome(fn, *args):
    """What a program sees: the value, or the exception's class and number."""
    try:
        return fn(*args)
    except OSError as error:
        return "OSError", error.args[0]
    except UnicodeError:
        return "UnicodeError"


def path(dice):
    if not dice.below(4):
        return dice.pick(PATHS)
    text = "/".join([dice.pick(NAMES) for _ in range(1 + dice.below(3))])
    return dice.pick(("", "/")) + text + dice.pick(("", "", "", "/"))


def look(dice):
    """A random question to a file system: what it is, and a function that asks it."""
    where, kind = path(dice), dice.below(5)
    if kind == 0:
        return ("stat", where), lambda fs: fs.stat(where)
    if kind == 1:
        return ("list", where), lambda fs: list(fs.ilistdir(where))
    if kind == 2:
        raw = where.encode()
        return ("list", raw), lambda fs: list(fs.ilistdir(raw))
    if kind == 3:
        return ("chdir", where), lambda fs: (fs.chdir(where), fs.getcwd())
    return ("statvfs", where), lambda fs: fs.statvfs(where)


def act(dice):
    """A random operation on an open file."""
    kind, n = dice.below(8), dice.below(12) if dice.below(3) else dice.below(400)
    if kind == 0:
        return "read", lambda f: f.read()
    if kind == 1:
        return ("read", n), lambda f: f.read(n)
    if kind == 2:
        return "readline", lambda f: f.readline()
    if kind == 3:
        return ("readline", n), lambda f: f.readline(n)
    if kind == 4:
        return "lines", lambda f: list(f)
    if kind == 5:
        whence = dice.below(3)
        step = n if whence == 0 else dice.below(40) - 20
        return ("seek", step, whence), lambda f: seek(f, step, whence)
    if kind == 6:
        buf = [bytearray(n)]
        return ("readinto", n), lambda f: (f.readinto(buf[0]), bytes(buf[0]))
    return "tell", lambda f: f.tell()


def seek(f, step, whence):
    # Before the start is EINVAL everywhere; VfsRom goes to the end all the same.
    try:
        return f.seek(step, whence)
    except OSError as error:
        return error.args[0], f.seek(0)


def run(systems, what, ask):
    answers = [outcome(ask, system) for system in systems]
    assert all(answer == answers[0] for answer in answers), (what, answers)
    return answers[0]


def program(dice):
    data = image(*tree(dice))
    systems = file_systems(data)
    for _ in range(STEPS):
        what, ask = look(dice)
        run(systems, what, ask)
        where, mode = path(dice), dice.pick(("r", "rb", "rt", "", "w", "ab", "r+", "x"))
        files = [outcome(system.open, where, mode) for system in systems]
        failed = [file for file in files if isinstance(file, tuple)]
        if failed:
            assert len(failed) == len(files) and len(set(failed)) == 1, (where, mode, files)
            continue
        steps = []
        with files[0], files[-1]:
            for _ in range(dice.below(8)):
                what, do = act(dice)
                steps.append(what)
                if run(files, (where, mode, steps), do) == "UnicodeError":
                    break  # how far it was read is nobody's business


def test_code_reads_the_same_everywhere_from_its_start_to_its_end():
    # What the importer gets for a small file is in memory, and lets others seek before its start.
    for content in CONTENTS:
        systems = file_systems(image(file("x.mpy", content)))
        files = [system.open("/x.mpy", "rb") for system in systems]
        for n in (0, 1, 7, 255, 4096, 1):
            buf = bytearray(n)
            run(files, ("read", n), lambda f, n=n: f.read(n))
            run(files, ("readinto", n), lambda f, buf=buf: (f.readinto(buf), bytes(buf)))
            run(files, "tell", lambda f: f.tell())


def test_random_programs_get_the_same_answers_everywhere():
    for seed in range(PROGRAMS):
        program(Dice(seed))
