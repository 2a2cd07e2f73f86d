"""`qsota sim --replay`: where the simulated module differs from a recorded one."""

from pathlib import Path

from qsota_tools.common import ui
from qsota_tools.transcript.entries import read
from qsota_tools.transcript.replaying import Replay


def replay(path: Path, as_json: bool) -> int:
    """Print the differences; returns the exit code."""
    run = Replay(read(path))
    found = run.differences()
    if as_json:
        told = [difference._asdict() for difference in found]
        options = run.shown.options
        ui.print_json({"lines": run.lines, "options": options, "differences": told})
        return 1 if found else 0
    for difference in found:
        at = "" if difference.at is None else f"{difference.at:.3f} s, "
        print(f"{at}after {difference.after or 'the start'}:")
        for text in difference.recorded:
            print(f"  recorded   {text}")
        for text in difference.ours:
            print(f"  simulated  {text}")
    shown = ", ".join(f"{name}={_typed(value)}" for name, value in run.shown.options.items())
    print(f"module as shown: {shown}")
    print(f"{run.lines} lines of the module, {len(found)} differences")
    return 1 if found else 0


def _typed(value: object) -> str:
    """As --option takes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
