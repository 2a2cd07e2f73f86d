"""`qsota delta` between applications that fill a slot of 7 MB."""

import random
import time

import pytest

from qsota_tools import cli

pytestmark = pytest.mark.slow

BOARD = "WEACTSTUDIO"
_FILES, _FILE_SIZE = 20, 345 * 1024
_LIMIT_S = 30


def program_like(dice, size):
    """Words that come back, with addresses between them."""
    words = [dice.randbytes(dice.randrange(2, 12)) for _ in range(4000)]
    made = bytearray()
    while len(made) < size:
        made += dice.choice(words)
        if dice.random() < 0.1:
            made += len(made).to_bytes(4, "little")
    return bytes(made[:size])


def application(seed):
    """Files by name: half of them like code, half like sound that cannot be compressed."""
    dice = random.Random(seed)
    kinds = (random.Random.randbytes, program_like)
    return {f"table_{n}.dat": kinds[n % 2](dice, _FILE_SIZE) for n in range(_FILES)}


def edited(files):
    """Bytes put in and taken out, which moves all that follows, and each 997th another one."""
    dice = random.Random(997)
    for name, data in files.items():
        made = bytearray(data)
        for _ in range(40):
            at = dice.randrange(len(made))
            made[at : at + dice.randrange(8)] = dice.randbytes(dice.randrange(1, 40))
        for at in range(0, len(made), 997):
            made[at] ^= dice.randrange(1, 256)
        yield name, bytes(made[:_FILE_SIZE])


def package(tmp_path, version, files):
    app = tmp_path / version
    app.mkdir()
    (app / "main.py").write_text("import asyncio\n")
    for name, data in files.items():
        (app / name).write_bytes(data)
    made = tmp_path / f"{version}.bin"
    options = ("--board", BOARD, "--version", version, "--payload", "plain", "-o", str(made))
    assert cli.main(["build", str(app), *options]) == 0
    return made


@pytest.mark.parametrize("kind", ["edited", "of which nothing is left"])
def test_a_delta_of_7_mb_is_found_within_30_seconds(kind, tmp_path):
    old = application(1)
    new = dict(edited(old)) if kind == "edited" else application(2)
    sources = [package(tmp_path, "1", old), package(tmp_path, "2", new)]
    assert all(path.stat().st_size > 7_000_000 for path in sources)
    delta, pem = tmp_path / "delta.bin", tmp_path / "key.pem"
    assert cli.main(["keygen", str(pem)]) == 0
    # Of the processor: what a user waits on a machine that does nothing else.
    start = time.process_time()
    options = ("-o", str(delta), "--key", str(pem))
    assert cli.main(["delta", *map(str, sources), *options]) == 0
    assert time.process_time() - start < _LIMIT_S
    assert cli.main(["verify", str(delta), "--key", str(pem), "--base", str(sources[0])]) == 0
    # 7 MB of changes are 7 MB; 20 files with 40 stretches and 354 single bytes are not.
    assert (delta.stat().st_size < 100_000) == (kind == "edited")
