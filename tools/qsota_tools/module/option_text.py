"""The options of the simulated module as they are typed: NAME=VALUE."""

from qsota_tools.common import ui
from qsota_tools.common.errors import UserError
from qsota_tools.module.options import Options


def names() -> list[str]:
    """What can be set."""
    return [name for name in vars(Options) if not name.startswith("_")]


def parse(text: str) -> tuple[str, str | int | bool | tuple]:
    """(name, value in the type of the option's default); UserError."""
    name, _, value = text.partition("=")
    if name not in names():
        raise UserError(f"--option {name}: the module has none{ui.meant(name, names())}")
    return name, _typed(name, value)


def _typed(name: str, text: str) -> str | int | bool | tuple:
    """The value in the type of the option's default."""
    default = getattr(Options, name)
    if isinstance(default, bool):
        if text not in ("on", "off"):
            raise UserError(f"--option {name}: must be on or off, not {text}")
        return text == "on"
    if isinstance(default, str):
        return text
    if isinstance(default, tuple):
        return tuple(text.split(","))
    if not (text.isascii() and text.isdecimal()):
        raise UserError(f"--option {name}: must be a number, not {text}")
    return int(text)
