"""The table of docs/emulated.md, made from the files in docs/evidence: emulated boards whose power
was cut in flash operations."""

from collections.abc import Iterable

from qsota_tools.prove import markdown

_HEADS = ("Board", "Receives by", "Provisioned", "Upgrade", "Revert", "Cuts", "Evidence")


def table(documents: Iterable[tuple[str, dict]]) -> str:
    """(name of the file, its content) of each, as text for the document."""
    rows = []
    for name, run in sorted(documents, key=lambda item: (item[1]["board"]["name"], item[0])):
        steps = {step["claim"]: step for step in run["steps"]}
        if "cuts" in steps:
            rows.append(_cells(name, run, steps))
    return "\n".join([*markdown.table(_HEADS, rows), ""])


def _cells(name: str, run: dict, steps: dict[str, dict]) -> Iterable[str]:
    uart = run["module"]["uart"]
    yield f"`{run['board']['name']}`"
    yield f"`{uart['receive']}`, {uart['baud']} baud"
    yield _provisioned(steps)
    for claim in ("upgrade-deflate", "revert"):
        yield _upgrade(steps[claim]["figures"])
    yield _cuts(steps["cuts"])
    library = run["qsota"]["library_sha256"][:8]
    yield f"[{run['made'][:10]}](evidence/{name}), library `{library}`"


def _provisioned(steps: dict[str, dict]) -> str:
    if "provision" not in steps:
        return "from its factory images"
    figures = steps["provision"]["figures"]
    return f"{figures['written']} units written, {figures['processor_s']:.0f} s of a processor"


def _upgrade(figures: dict) -> str:
    return (
        f"{figures['result']}, {figures['operations']} flash operations, "
        f"{figures['emulated_s']:.1f} s; of {figures['uart_in']:,} bytes "
        f"{figures['uart_lost'] or 'none'} lost"
    )


def _cuts(step: dict) -> str:
    figures = step["figures"]
    numbers = [run["cut"] for run in figures["runs"]]
    seconds = sum(run["emulated_s"] for run in figures["runs"])
    return (
        f"{figures['count']}, in operations {min(numbers)} to {max(numbers)}: "
        f"{figures['finished']} finished, {figures['given_up']} given up, "
        f"{len(step['problems']) or 'none'} wrong; {seconds:.0f} s"
    )
