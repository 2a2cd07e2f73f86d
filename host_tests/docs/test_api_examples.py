"""The examples of docs/api.md on the UART that is shared, as they stand there."""

import re
import textwrap
from pathlib import Path
from types import SimpleNamespace

from prompting import Prompting
from qsota import log
from qsota.resident.at_client import AtClient
from qsota_tools.proof.lab.clock import Clock

log.sink = None

API = Path(__file__).parents[2] / "docs/api.md"
SECTION = re.compile(r"## The module, shared\n(.*?)\n## ", re.S)
BLOCK = re.compile(r"```python\n(.*?)```", re.S)
OK = b"\r\nOK\r\n"
ANSWERS = {
    "AT+CSQ": b"\r\n+CSQ: 24,99\r\n" + OK,
    "AT+QGPIO=1": OK,
    "AT+QIOTRD=64": b"\r\n+QIOTRD: 6,0,1\r\n\r\nOK\r\n\r\n" + OK,
    "ATD*99#": b"\r\nCONNECT 150000000\r\n",
}


def run(code, **names):
    """Run code, in which coroutines are awaited, with a module that answers; the names it made."""
    clock = Clock()
    module = Prompting(clock, ANSWERS)
    made = {"device": SimpleNamespace(at=AtClient(module.uart)), **names}
    body = textwrap.indent(code, "    ")
    exec(f"async def example():\n{body}\n    return locals()", made)
    return clock.run(made["example"]()), module


def test_every_example_runs_and_comes_to_what_is_said_beside_it():
    examples = BLOCK.findall(SECTION.search(API.read_text())[1])
    assert len(examples) == 2
    heard = []
    made, module = run(examples[0], on_message=heard.append)
    assert made["lines"] == [b"+CSQ: 24,99"] and "AT+QGPIO=1" in module.sent
    made, module = run(examples[1])
    assert module.got == [b"hello", b"hello"]
    assert (made["n"], made["rest"], made["packets"]) == (6, 0, 1)
    assert made["buf"][: made["n"]] == b"\r\nOK\r\n"
    assert made["lines"] == [b"CONNECT 150000000"]


def test_the_table_names_the_methods_with_their_arguments():
    import inspect

    section = SECTION.search(API.read_text())[1]
    for name, arguments in re.findall(r"^\| `(\w+)\((.*?)\)` \|", section, re.M):
        signature = inspect.signature(getattr(AtClient, name))
        defaults = {
            p.name: p.default for p in signature.parameters.values() if p.default is not p.empty
        }
        for argument in filter(None, arguments.split(", ")):
            given, equals, value = argument.partition("=")
            assert given in signature.parameters
            if equals:
                assert str(defaults[given]) == str(eval(value)), argument
