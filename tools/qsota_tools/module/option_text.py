"""The options of the simulated module as they are typed: NAME=VALUE."""

from qsota_tools.common.errors import UserError
from qsota_tools.module.options import Options


def parse(text: str) -> tuple[str, str | int | bool]:
    """(name, value in the type of the option's default); UserError."""
    name, _, value = text.partition("=")
    return name, _typed(name, value)


def _typed(name: str, text: str) -> str | int | bool:
    """The value in the type of the option's default."""
    default = getattr(Options, name, "")
    if isinstance(default, bool):
        if text not in ("on", "off"):
            raise UserError(f"--option {name}: must be on or off, not {text}")
        return text == "on"
    if isinstance(default, str):
        return text
    if not text.isdecimal():
        raise UserError(f"--option {name}: must be a number, not {text}")
    return int(text)
