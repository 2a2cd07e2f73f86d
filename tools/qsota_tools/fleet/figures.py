"""The figures of a fleet: those of its parts added up, for a reader and for scripts."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from qsota_tools.center.push_rules import CAPACITY
from qsota_tools.center.statuses import DEVICE_STATUSES, FAILED, UPGRADED
from qsota_tools.common import tables
from qsota_tools.fleet.part import Counts
from qsota_tools.fleet.spec import Spec

_SHOWN = 20  # problems
_LARGEST = ("virtual_s",)
_KEPT = ("peak_kb",)  # by process: the largest of its parts


def merge(parts: Iterable[Counts]) -> Counts:
    """The sum over all parts: every device is in one of them, with a task of its own."""
    total: Counts = {}
    for part in parts:
        for name, value in part.items():
            if name not in total:
                total[name] = value
            elif name in _LARGEST:
                total[name] = max(total[name], value)
            elif name in _KEPT:
                total[name] = {**total[name], **value}
            else:
                total[name] = total[name] + value
    return total


def wrongs(total: Counts, wanted: int) -> list[str]:
    """What must not be: [] if all is well and the statistics add up."""
    found = list(total["problems"])
    sums = sum(total["statuses"].values())
    if not total["devices"] == sums == wanted:
        found.append(f"of {wanted} devices {total['devices']} ran, and {sums} have a status")
    if total["untrue"]:
        found.append(f"{total['untrue']} devices count as upgraded and do not run the target")
    upgraded = total["statuses"][UPGRADED]
    timed = sum(total["minutes"].values())
    if timed != upgraded:
        found.append(f"{upgraded} devices count as upgraded, {timed} have a time for it")
    failed = total["statuses"][FAILED]
    if sum(total["reasons"].values()) != failed:
        found.append(f"of {failed} failed devices not all have a reason")
    return found


def as_json(
    total: Counts, spec: Spec, wanted: int, wall_s: float, parent_kb: int
) -> dict[str, Any]:
    """What --json writes."""
    events = sum(total["events"].values())
    return {
        "devices": total["devices"],
        "succeeded": total["statuses"][UPGRADED],
        "failed": total["statuses"][FAILED],
        "dead": total["dead"],
        "wrong_images": total["wrong_images"],
        "wall_s": round(wall_s, 1),
        "virtual_s": total["virtual_s"],
        "peak_mb": round((parent_kb + sum(total["peak_kb"].values())) / 1024, 1),
        "events_per_s": round(events / wall_s, 1),
        "seed": spec.seed,
        "statuses": {status: total["statuses"][status] for status in DEVICE_STATUSES},
        "reasons": dict(total["reasons"]),
        "late": total["late"],
        "untrue": total["untrue"],
        "retried": total["retried"],
        "retried_upgraded": total["retried_upgraded"],
        "minutes": {str(minute): n for minute, n in sorted(total["minutes"].items())},
        "cut": total["befell"]["cut"],
        "disturbed": total["befell"]["disturbed"],
        "refusing": total["befell"]["refusing"],
        "cuts_taken": total["cuts_taken"],
        "boots": total["boots"],
        "served_bytes": total["served"],
        "events": dict(total["events"]),
        "wrongs": wrongs(total, wanted),
    }


def text(figures: dict[str, Any]) -> str:
    """For a reader."""
    f = figures
    lines = [tables.text(("STATUS", "DEVICES"), f["statuses"].items())]
    lines += [f"  failed: {reason} {n}" for reason, n in f["reasons"].items()]
    lines += [
        f"dead: {f['dead']}; wrong images: {f['wrong_images']}",
        f"upgraded that do not run the target: {f['untrue']}; failed that do: {f['late']}",
        f"{f['cut']} lost their power while they wrote ({f['cuts_taken']} cuts), "
        f"{f['disturbed']} had a bad link, {f['refusing']} a low battery",
        f"tried again: {f['retried']}, of which upgraded: {f['retried_upgraded']}",
        f"upgraded after {_percentiles(f['minutes'])}",
        f"{f['devices']} devices in {f['wall_s']} s, {f['virtual_s'] / 3600:.1f} h of virtual "
        f"time, {f['events_per_s']:.0f} events/s, {f['peak_mb']} MB",
    ]
    wrong = f["wrongs"]
    lines += wrong[:_SHOWN] + ([f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else [])
    return "\n".join(lines)


def _percentiles(minutes: dict[str, int]) -> str:
    times = sorted(Counter({int(minute): n for minute, n in minutes.items()}).elements())
    if not times:
        return "-"
    at = {share: times[min(len(times) - 1, len(times) * share // 100)] for share in (50, 95, 100)}
    return ", ".join(f"{minute} min ({share} %)" for share, minute in at.items())


def note(devices: int) -> str | None:
    """What a fleet of this size would be on the platform."""
    if devices <= CAPACITY:
        return None
    return (
        f"the platform upgrades at most {CAPACITY} devices at once: {devices} need "
        f"{-(-devices // CAPACITY)} plans there, one after the other"
    )
