"""RomFs reads what mpremote writes."""

from mpremote.romfs import VfsRomWriter

from qsota.boot.romfs import RomFs

DIR, REG = 0x4000, 0x8000


def test_an_image_of_mpremote_reads_back():
    writer = VfsRomWriter()
    offset = writer.mkdata(b"shared data")
    writer.mkfile("main.py", b"import app\n")
    writer.opendir("app")
    writer.mkfile("__init__.py", b"x = 1\n" * 1000)
    writer.opendir("empty")
    writer.closedir()
    writer.closedir()
    writer.mkfile("pointer.bin", (11, offset))
    fs = RomFs(memoryview(writer.finalise()))

    found = [(name, mode) for name, mode, _, _ in fs.ilistdir("/")]
    assert found == [("main.py", REG), ("app", DIR), ("pointer.bin", REG)]
    assert [entry[0] for entry in fs.ilistdir("/app")] == ["__init__.py", "empty"]
    assert fs.open("/main.py", "r").read() == "import app\n"
    assert fs.open("/app/__init__.py", "rb").read() == b"x = 1\n" * 1000
    assert fs.open("/pointer.bin", "rb").read() == b"shared data"


def test_every_size_up_to_the_next_length_of_a_varuint():
    for size in (*range(20), *range(110, 140), *range(16370, 16390)):
        writer = VfsRomWriter()
        writer.mkfile("f", bytes(size))
        assert RomFs(memoryview(writer.finalise())).stat("/f")[6] == size
