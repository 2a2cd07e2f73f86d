"""Where bytecode is in an .mpy file: by what mpy-cross makes of sources of all kinds."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsota_tools.common.paths import FIRMWARE, library_sources
from qsota_tools.package import bytecode
from qsota_tools.package.image import compile_source
from qsota_tools.package.shorten import compile_short

RETURN = 0x63
BODIES = [
    "return a",
    "yield a",
    "return [x for x in a]",
    "return lambda: a",
    "return (1, 'text', b'bytes', 2.5, (3, None, True)), 1 << 40, ...",
    "with a:\n        pass\n    return a.some_name_of_its_own",
]
FUNCTIONS = st.lists(st.sampled_from(BODIES), max_size=8)


def compiled(source: str, folder) -> bytes:
    (folder / "module.py").write_text(source)
    return compile_source(folder, "module.py")


@settings(max_examples=25, deadline=None)
@given(bodies=FUNCTIONS, methods=FUNCTIONS)
def test_each_function_is_found_whole(bodies, methods, tmp_path_factory):
    lines = [f"def f{i}(a):\n    {body}\n" for i, body in enumerate(bodies)]
    lines += [f"class C{i}:\n  def m(a):\n    {body}\n" for i, body in enumerate(methods)]
    data = compiled("".join(lines), tmp_path_factory.mktemp("mpy"))
    found = bytecode.functions(data)
    assert [f.depth for f in found].count(0) == 1 and found[0].depth == 0
    assert [f.depth for f in found].count(1) == len(bodies) + len(methods)
    within = sum("for x" in body or "lambda" in body for body in bodies + methods)
    assert len(found) == 1 + len(bodies) + 2 * len(methods) + within
    for _, _, place, size in found:
        assert data[place + size - 1] == RETURN


def test_one_follows_the_other_from_the_start_to_the_end_of_the_file():
    """So the board walks over them; a number of children may be in between."""
    for source in library_sources():
        data = compile_short(FIRMWARE, source)
        found = bytecode.functions(data)
        assert bytecode.start(data) == found[0].number < found[0].place
        for before, after in itertools.pairwise(found):
            assert after.number - before.place - before.size in (0, 1)
        assert found[-1].place + found[-1].size == len(data)


def file_of(*codes: bytes) -> bytes:
    """An .mpy file whose module has functions of these bytecodes."""
    children = b"".join(bytes([len(code) << 3]) + code for code in codes)
    return b"M\x06\x00\x1f\0\0" + bytes([4 << 3 | 4]) + b"own\x63" + bytes([len(codes)]) + children


def test_bytecode_that_begins_as_all_of_anothers_is_refused():
    assert bytecode.start(file_of(b"abcd", b"abce", b"bcde")) == 6
    with pytest.raises(ValueError, match="begins as another's"):
        bytecode.start(file_of(b"abcd", b"bcde", b"abcde"))


def test_bytecode_that_is_shorter_than_its_key_is_refused():
    with pytest.raises(ValueError, match="without a key"):
        bytecode.start(file_of(b"abc"))


def test_two_functions_of_the_same_bytecode_are_no_harm():
    assert bytecode.start(file_of(b"abcd", b"abcd"))


def test_native_code_and_other_bytes_are_refused(tmp_path):
    data = compiled("def f():\n    pass\n", tmp_path)
    place = bytecode.functions(data)[1].place
    native = bytearray(data)
    native[place - 1] |= 1
    for bad in (bytes(native), data + b"\0"):
        with pytest.raises(ValueError):
            bytecode.start(bad)
