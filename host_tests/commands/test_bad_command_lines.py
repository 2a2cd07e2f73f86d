"""What a command line can get wrong: one clear sentence and the documented exit code each time, no
traceback, nothing written."""

import os
import shlex
from pathlib import PurePosixPath

import pytest
from cryptography.hazmat.primitives import serialization

from qsota_tools import boards, cli
from qsota_tools.common.paths import BOARDS
from qsota_tools.package import keys
from qsota_tools.package.image import image_of_files
from qsota_tools.package.make import make_package

# Files in the folder where each line is run.
IMAGE = image_of_files({PurePosixPath("a"): b"x" * 200})
FULL = make_package(IMAGE, boards.load("RPI_PICO"), "MCU", "1")
OTHER = make_package(b"other" * 50, boards.load("RPI_PICO2"), "MCU", "1")
USAGE, FAILED = 2, 1

USAGE_ERRORS = """
# the command itself
bild | did you mean build
BUILD | did you mean build
flsh | did you mean flash
stauts | did you mean status
xyz | there is no command 'xyz'
-x | the following arguments are required
--port COM3 | invalid choice: 'COM3'
help bild | there is no command 'bild', did you mean build
# what is missing
build | required: APP_DIR, --board, --version
build app | required: --board, --version
build app --board RPI_PICO | required: --version
build --board RPI_PICO --version 1 | required: APP_DIR
inspect | required: FILE
delta | required: OLD, NEW, -o/--output
delta full.bin | required: NEW
delta full.bin full.bin | required: -o/--output
keygen | required: FILE
sign | required: FILE, --key
sign full.bin | required: --key
verify | required: FILE
verify full.bin | one of the arguments --key --board is required
getpub | required: PEM
traceback | required: FILE
factory | required: --board, -o/--output
factory --board RPI_PICO | required: -o/--output
board | required: --flash
bench | required: BENCH
new | required: directory
completion | required: shell
at | required: COMMAND
# what is empty
build '' --board RPI_PICO --version 1 | is empty
build app --board '' --version 1 | --board is empty
build app --board RPI_PICO --version '' | --version is empty
build app --board RPI_PICO --version 1 --component '' | --component is empty
build app --board RPI_PICO --version 1 --component= | --component is empty
build app --board RPI_PICO --version 1 --key '' | --key is empty
build app --board RPI_PICO --version 1 -o '' | -o is empty
build app --board RPI_PICO --version 1 --base= | --base is empty
flash --board RPI_PICO --pk '' --ps SECRET | --pk is empty
flash --board RPI_PICO --pk KEY --ps '' | --ps is empty
flash --board RPI_PICO --pk= --ps=SECRET | --pk is empty
flash --board RPI_PICO --port '' | --port is empty
flash --board RPI_PICO --app '' | --app is empty
flash --board RPI_PICO --settings= | --settings is empty
flash --board RPI_PICO --uf2= | --uf2 is empty
status --port= | --port is empty
log --port '' | --port is empty
sim --link '' | --link is empty
sim --serial= | --serial is empty
sim --tcp= | --tcp is empty
sim --package '' | --package is empty
sim --option '' | --option is empty
sim --until '' | --until is empty
board --flash '' --uart pty:x | --flash is empty
board --flash f --uart '' | --uart is empty
factory --board RPI_PICO -o '' | -o is empty
verify full.bin --key= | --key is empty
inspect '' | is empty
keygen '' | is empty
new '' | is empty
demo --dir= | --dir is empty
at '' | is empty
at AT --module '' | --module is empty
doctor --module= | --module is empty
reset --port '' | --port is empty
# numbers that are none
build app --board RPI_PICO --version 1 --counter x | must be a whole number
build app --board RPI_PICO --version 1 --counter -1 | must be a whole number from 0
build app --board RPI_PICO --version 1 --counter=-1 | must be a whole number from 0
build app --board RPI_PICO --version 1 --counter 1.5 | must be a whole number
sim --timeout nan | must be a number of seconds above 0
sim --timeout inf | must be a number of seconds above 0
sim --timeout=-1 | must be a number of seconds above 0
sim --timeout 0 | must be a number of seconds above 0
sim --timeout soon | must be a number of seconds above 0
sim --timeout 1e400 | must be a number of seconds above 0
sim --baud x | must be a whole number from 0
sim --baud=-1 | must be a whole number from 0
sim --baud ² | must be a whole number from 0
sim --speed 0 | must be a whole number from 1
sim --flash-free 0 | must be a whole number from 1
sim --push-every=-1 | must be a whole number from 0
board --flash f --uart pty:x --timeout nan | must be a number of seconds above 0
board --flash f --uart pty:x --timeout=-inf | must be a number of seconds above 0
board --flash f --uart pty:x --timeout 0 | must be a number of seconds above 0
board --flash f --uart pty:x --cut x | must be N, or N: and one of
board --flash f --uart pty:x --cut 0 | must be N, or N: and one of
board --flash f --uart pty:x --cut 1:never | must be N, or N: and one of
demo --timeout nan | must be a number of seconds above 0
at AT --timeout 0 | must be a number of seconds above 0
at AT --baud 0 | must be a whole number from 1
doctor --baud fast | must be a whole number from 1
log --follow --timeout nan | must be a number of seconds above 0
demo --timeout=-5 | must be a number of seconds above 0
campaign --links 0 | must be a whole number from 1
campaign --links x | must be a whole number from 1
campaign --seed x | must be a whole number from 0
campaign --jobs 0 | must be a whole number from 1
emulated --image x --cuts=-1 | must be a whole number from 0
emulated --image x --jobs 0 | must be a whole number from 1
# choices
build app --board RPI_PICO --version 1 --payload zip | invalid choice: 'zip'
sim --payload base64 | invalid choice: 'base64'
board --flash f --uart pty:x --timing slow | invalid choice: 'slow'
bench speed | invalid choice: 'speed'
completion fish | invalid choice: 'fish'
# what excludes each other
sim --link a --tcp 1 | not allowed with
sim --link a --serial b | not allowed with
sim --tcp 1 --serial b | not allowed with
sim --json --transcript | not allowed with
campaign --quick --full | not allowed with
campaign --links 1 --link-faults | not allowed with
verify full.bin --key k --board VIRTUAL | not allowed with
demo --json --transcript | not allowed with
doctor --port a --module b | not allowed with
at AT --port a --module b | not allowed with
build app --board RPI_PICO --version 1 -q -v | not allowed with
# what does not exist
build app --board RPI_PICO --version 1 --colour red | unrecognized arguments
inspect full.bin other.bin | unrecognized arguments
status COM3 | unrecognized arguments
log --follow-me | unrecognized arguments
keygen a b | unrecognized arguments
verify full.bin --key k --deep | unrecognized arguments
new a b | unrecognized arguments
devs /dev/ttyUSB0 | unrecognized arguments
reset now | unrecognized arguments
doctor now | unrecognized arguments
revert now | unrecognized arguments
confirm now | unrecognized arguments
factory --board RPI_PICO -o x y | unrecognized arguments
"""

FAILURES = """
# boards
build app --board RPI_PIC0 --version 1 | unknown board RPI_PIC0, did you mean RPI_PICO
build app --board rpi_pico --version 1 | unknown board rpi_pico, did you mean RPI_PICO
build app --board PICO2 --version 1 | did you mean
build app --board ZZZ --version 1 | unknown board ZZZ; there are
build app --board PYBV11 --version 1 | PYBV11 is not supported
build app --board missing.toml --version 1 | missing.toml: No such file
build app --board bad.toml --version 1 | bad.toml is not valid
build app --board text.toml --version 1 | text.toml:
build app --board latin.toml --version 1 | latin.toml: must be text in UTF-8
build app --board folder.toml --version 1 | folder.toml is a folder
build app --board zero.toml --version 1 | zero.toml is a device
build app --board fifo.toml --version 1 | fifo.toml is a FIFO
flash --board RPI_PIC0 | did you mean RPI_PICO
factory --board ESP32 -o x | unknown board ESP32
inspect full.bin --board NOPE | unknown board NOPE
verify full.bin --board VIRTUAL | VIRTUAL has no keys
new x --board PICO | unknown board PICO
demo --board NOPE --dir d | unknown board NOPE
boards bad.toml | bad.toml
boards missing.toml | missing.toml
boards RPI_PIC0 | unknown board RPI_PIC0, did you mean RPI_PICO
boards --toml | --toml is for one board
boards RPI_PICO VIRTUAL --toml | --toml is for one board
boards NOPE --toml | unknown board NOPE
boards bad.toml --toml | bad.toml is not valid
boards --toml --json | choose one
boards --schema --json | choose one
boards RPI_PICO --schema | choose one
# applications
build missing --board RPI_PICO --version 1 | missing is not a directory
build full.bin --board RPI_PICO --version 1 | full.bin is not a directory
build empty --board RPI_PICO --version 1 | empty has no main.py
build node --board RPI_PICO --version 1 | do you mean node/app
build broken --board RPI_PICO --version 1 | main.py does not compile
build keyed --board RPI_PICO --version 1 | holds a private key
build fifo --board RPI_PICO --version 1 | fifo is not a directory
build /dev/zero --board RPI_PICO --version 1 | /dev/zero is not a directory
# names
build app --board RPI_PICO --version 'a b' | version: ' ' is not allowed
build app --board RPI_PICO --version 1/2 | version: '/' is not allowed
build app --board RPI_PICO --version ü | version: 'ü' is not allowed
build app --board RPI_PICO --version 1 --component 'a,b' | component: ',' is not allowed
build app --board RPI_PICO --version 1 --counter 4294967296 | counter: must be from 0
build app --board RPI_PICO --version LONG | version: must be 1 to 64 characters, not 65
build app --board RPI_PICO --version 1 --component LONG | component: must be 1 to 32
new 'my pump' | a name is made of
# outputs
build app --board RPI_PICO --version 1 -o app/main.py | would be part of the next package
build app --board RPI_PICO --version 1 -o app/x.bin | would be part of the next package
build app --board RPI_PICO --version 1 -o folder | folder is a folder, not a file
build app --board RPI_PICO --version 1 -o nowhere/x.bin | nowhere/x.bin: No such file
build app --board RPI_PICO --version 1 -o /dev/full | /dev/full is a device, not a file
build app --board RPI_PICO --version 1 -o fifo | fifo is a FIFO, not a file
build app --board RPI_PICO --version 1 --key key.pem -o key.pem | key.pem would be overwritten
build app --board RPI_PICO --version 1 --base full.bin -o full.bin | full.bin would be overwritten
delta full.bin full.bin -o full.bin | full.bin would be overwritten
sign full.bin --key key.pem -o key.pem | key.pem would be overwritten
factory --board RPI_PICO --app full.bin -o full.bin | full.bin would be overwritten
factory --board RPI_PICO --settings text -o text | text would be overwritten
factory --board RPI_PICO -o folder | folder is a folder
flash --board RPI_PICO --uf2 folder | folder is a folder
keygen key.pem | key.pem: File exists
keygen nowhere/key.pem | nowhere/key.pem: No such file
keygen folder | folder: File exists
new folder | folder is not empty
demo --dir folder | folder holds other files
# packages
inspect missing | missing: No such file
inspect text | text: truncated at byte 5
inspect folder | folder is a folder
inspect /dev/zero | /dev/zero is a device
inspect fifo | fifo is a FIFO
inspect huge | huge: 268435457 bytes are too many
inspect long.bin | 1 bytes too many after the payload
inspect cut.bin | truncated at byte
inspect flipped.bin | the image is damaged
inspect magic.bin | not a package
inspect full.bin --board RPI_PICO2 | wrong-board
inspect full.bin --key text | holds no key
inspect full.bin --key public.pem | unsigned
inspect full.bin --base text | text: truncated
inspect full.bin --diff text | text: truncated
sign text --key key.pem | text: truncated
sign cut.bin --key key.pem | cut.bin: truncated
sign flipped.bin --key key.pem | flipped.bin: the image is damaged
sign full.bin --key missing.pem | missing.pem: No such file
sign full.bin --key public.pem | holds no private key
sign full.bin --key folder | folder is a folder
sign full.bin --key /dev/zero | /dev/zero is a device
sign full.bin --key secret.pem | is encrypted
sign full.bin --key key.pem --base full.bin -o x | is no delta
verify text --key key.pem | text: truncated
verify cut.bin --key key.pem | cut.bin: truncated
verify flipped.bin --key key.pem | flipped.bin: the image is damaged
verify full.bin --key key.pem | full.bin: unsigned
verify full.bin --key text | holds no key
verify missing --key key.pem | missing: No such file
delta text full.bin -o x | text: truncated
delta full.bin text -o x | text: truncated
delta full.bin other.bin -o x | the base is a package for MCU of RPI_PICO
delta full.bin full.bin -o x --board VIRTUAL | not for VIRTUAL
delta full.bin full.bin -o x --key text | holds no key
build app --board RPI_PICO --version 1 --base other.bin | the base is a package for
build app --board RPI_PICO --version 1 --base text | text: truncated
build app --board RPI_PICO --version 1 --base full.bin --payload plain | leave it or --base out
# provisioning
flash --board RPI_PICO --uf2 x --port COM3 | --port is for a board on USB
flash --board RPI_PICO --uf2 x --yes | --yes is for a board on USB
flash --board RPI_PICO --uf2 x --pk KEY | belong together
flash --board RPI_PICO --uf2 x --ps SECRET | belong together
flash --board RPI_PICO --uf2 x --pk 'a"b' --ps s | cannot have '"'
flash --board RPI_PICO --uf2 x --pk LONG --ps s | must be a text of 1 to 32 characters
flash --board RPI_PICO --uf2 x --pk ü --ps s | cannot have 'ü'
flash --board RPI_PICO --uf2 x --pk k --ps s --keep-data | leave --settings, --pk and --ps out
flash --board RPI_PICO --uf2 x --settings text | text: Expecting value
flash --board RPI_PICO --uf2 x --settings list.json | must hold a JSON object
flash --board RPI_PICO --uf2 x --settings half.json | pk and ps belong together
flash --board RPI_PICO --uf2 x --settings fifo | fifo is a FIFO
flash --board RPI_PICO --uf2 x --app text | the package does not fit RPI_PICO
flash --board RPI_PICO --uf2 x --app other.bin | the package does not fit RPI_PICO
flash --board RPI_PICO --uf2 x --app cut.bin | does not fit
flash --board RPI_PICO --uf2 x --app /dev/zero | /dev/zero is a device
flash --board PYBD_SF2 --uf2 x | a UF2 file is for rp2 boards
flash --board RPI_PICO --port text | text is a file, not a serial port
flash --board RPI_PICO --port folder | folder is a folder, not a serial port
status --port text | text is a file, not a serial port
status --port folder | folder is a folder, not a serial port
status --port nowhere | no board at nowhere
log --port text | text is a file, not a serial port
confirm --port text | text is a file, not a serial port
revert --port folder | folder is a folder, not a serial port
factory --board RPI_PICO --root r -o x | --root FILE is for boards with slots on an SPI flash
factory --board PYBV11_W25Q128 -o x | --root FILE is for boards with slots on an SPI flash
factory --board RPI_PICO --app text -o x | the package does not fit
factory --board RPI_PICO --settings list.json -o x | must hold a JSON object
log --timeout 1 | --timeout is for --follow
log --follow --port nowhere | cannot open nowhere: No such file
log --follow --port folder | folder is a folder, not a serial port
reset --port nowhere | no board at nowhere
doctor --port nowhere | no board at nowhere
doctor --module nowhere | cannot open nowhere: No such file
doctor --module text | text is a file, not a serial port
doctor --module nowhere --board RPI_PICO | --board is for a board on USB
doctor --board NOPE | unknown board NOPE
at AT --module folder | folder is a folder, not a serial port
at AT --module nowhere --board RPI_PICO | --board is for a board on USB
flash --uf2 x | a UF2 file is for one kind of board: name it with --board
flash --board RPI_PICO --micropython full.bin | --micropython goes into the file of --uf2
flash --board RPI_PICO --uf2 x --micropython full.bin | full.bin: is no UF2 file
flash --board RPI_PICO --uf2 x --micropython nowhere | nowhere: No such file
flash --port nowhere | no board at nowhere
getpub nowhere | nowhere: No such file
traceback nowhere | nowhere: No such file
getpub text | text: holds no key in PEM form
getpub secret.pem | is encrypted: name the variable
getpub secret.pem --password-env NO_SUCH_VARIABLE | there is no such variable
inspect full.bin --password-env HOME | --password-env is for the key of --key
keygen new.pem --password | there is nobody to ask
# the desk
sim --option __class__=1 | --option __class__: the module has none
sim --option __init__=1 | --option __init__: the module has none
sim --option sigal=3 | --option sigal: the module has none, did you mean signal
sim --option speed=3 | --option speed: the module has none
sim --option grid_ms=3 | --option grid_ms: the module has none
sim --option signal | --option signal: must be a number
sim --option signal=high | --option signal: must be a number, not high
sim --option signal=² | --option signal: must be a number
sim --option echo=1 | --option echo: must be on or off
sim --option payload=zip | payload must be one of
sim --link text | cannot open pty:text
sim --link folder | cannot open pty:folder
sim --link nowhere/x | cannot open pty:nowhere/x
sim --tcp x | no TCP port: x
sim --tcp 99999 | no TCP port
sim --tcp nohost.invalid:1 | cannot open listen:nohost.invalid:1
sim --serial text | text is a file, not a serial port
sim --serial folder | folder is a folder, not a serial port
sim --serial nowhere | cannot open nowhere: No such file
sim --serial foo://x | cannot open foo://x
sim --until 10705 | --until: 1 verdicts for 0 plans
sim --package full.bin --until 1 | --until: must be 10705 or 10706
sim --package full.bin --until 10705,10706 | --until: 2 verdicts for 1 plans
sim --package text | text: no qsota package
sim --package text --component MCU | belong together
sim --package full.bin --component MCU --target 2 | are for a package that `qsota build` did not
sim --component MCU --target 2 | are for a package that `qsota build` did not
sim --package full.bin --multi | --multi is for several packages
sim --package folder | folder is a folder
sim --package fifo | fifo is a FIFO
board --flash f | something on its UART
board --flash f --uart nowhere | cannot open nowhere: No such file
board --flash f --uart text | text is a file, not a serial port
board --flash f --uart folder | folder is a folder, not a serial port
board --flash f --uart foo://x | cannot open foo://x
board --flash f --uart socket://nowhere | cannot open socket://nowhere
board --flash f --uart pty:x --board NOPE | unknown board NOPE
board --flash text --uart pty:x | text has 5 bytes, the flash of VIRTUAL has
board --flash folder --uart pty:x | folder
board --flash fifo --uart pty:x | fifo
board --flash text --uart pty:x --app full.bin | text exists: --app is for a new one
board --flash f --uart pty:x --app text | the package does not fit
board --flash f --uart pty:x --image y | --image is the firmware of an emulated board
board --flash f --uart pty:x --root r | --root FILE is for boards
board --flash f --emulated --image y --until 1 | --until is for the virtual board
# campaigns
campaign --replay nonsense | cannot replay this
campaign --replay 'link=nonsense number=1' | cannot replay this
campaign --replay 'link=x' | cannot replay this
campaign --replay x --json | --json, --jobs and --scheduler are for campaigns
campaign --replay x --jobs 2 | --json, --jobs and --scheduler are for campaigns
campaign --link-faults --seed 3 | --seed is for what is random
"""


def lines(text):
    """(command, message) of each line that is no heading."""
    wanted = [line for line in text.strip().splitlines() if not line.startswith("#")]
    return [(command, message) for command, _, message in (w.partition(" | ") for w in wanted)]


def pem(key, encryption=None):
    encryption = encryption or serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, encryption)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the lines name."""
    root = tmp_path_factory.mktemp("lines")
    key = keys.generate()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    content = {
        "full.bin": FULL,
        "other.bin": OTHER,
        "long.bin": FULL + b"x",
        "cut.bin": FULL[:-1],
        "flipped.bin": FULL[:-1] + bytes([FULL[-1] ^ 1]),
        "magic.bin": b"X" + FULL[1:],
        "text": b"hello",
        "key.pem": pem(key),
        "secret.pem": pem(key, serialization.BestAvailableEncryption(b"word")),
        "public.pem": public,
        "list.json": b"[]",
        "half.json": b'{"pk": "KEY"}',
        "bad.toml": (BOARDS / "RPI_PICO.toml").read_bytes().replace(b"[uart]", b"[art]"),
        "text.toml": b"hello",
        "latin.toml": b"title = '\xfc'",
        "app/main.py": b"x = 1\n",
        "node/app/main.py": b"x = 1\n",
        "broken/main.py": b"x = )\n",
        "keyed/main.py": b"x = 1\n",
        "keyed/release.pem": pem(key),
        "folder/letters": b"x",
    }
    for name, data in content.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    for name in ("empty", "folder.toml"):
        (root / name).mkdir()
    for name in ("fifo", "fifo.toml"):
        os.mkfifo(root / name)
    (root / "zero.toml").symlink_to("/dev/zero")
    with (root / "huge").open("wb") as file:
        file.truncate((256 << 20) + 1)
    return root


def tree(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name not in ("huge", "zero.toml")
    } | {str(path.relative_to(root)): None for path in root.rglob("*") if not path.is_file()}


def run(command, folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("qsota_tools.provision.repl_link._ABSENCE_S", 0.1)
    words = [word.replace("LONG", "x" * 65) for word in shlex.split(command)]
    try:
        return cli.main(words)
    except SystemExit as error:
        return error.code


def test_there_are_200_of_them():
    assert len([*lines(USAGE_ERRORS), *lines(FAILURES)]) >= 200


@pytest.mark.parametrize(("command", "message"), lines(USAGE_ERRORS))
def test_a_line_that_cannot_be_understood(command, message, folder, monkeypatch, capsys):
    assert run(command, folder, monkeypatch) == USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert message in " ".join(err.split())
    assert err.splitlines()[-1].startswith("qsota")
    assert "Traceback" not in err


@pytest.mark.parametrize(("command", "message"), lines(FAILURES))
def test_a_line_that_cannot_be_done(command, message, folder, monkeypatch, capsys):
    before = tree(folder)
    assert run(command, folder, monkeypatch) == FAILED
    out, err = capsys.readouterr()
    assert message in out + err
    assert "Traceback" not in err
    assert command.startswith("boards") or err.startswith("qsota: ")
    after = tree(folder)
    made = after.keys() - before.keys()
    assert made <= {"f", "d", "x", "build"}  # a flash file that the next step has no use for
    assert {name: after[name] for name in before} == before
    for name in made:
        path = folder / name
        if path.is_file():
            path.unlink()
