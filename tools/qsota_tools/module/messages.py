"""Messages from the cloud: what the module checks in them and what it prints of them."""

from qsota_tools.center.plan import MCU, MODULE
from qsota_tools.module.versions import NAME_MAX, VERSION_MAX

_PLANS_MAX = 20


def accepts_plans(components):
    """More than 20 are dropped as a whole."""
    return len(components) <= _PLANS_MAX


def valid_plan(component):
    """False: skipped, without a 10700. The name is only checked with the URL (D10)."""
    return len(component.target) <= VERSION_MAX


def usable(firmware, sha256_mode, flash_free):
    """False: the URL message ends the upgrade with 10706."""
    f = firmware
    if f.kind not in (MODULE, MCU) or not all((f.component, f.target, f.url, f.md5)):
        return False
    if f.size is None or f.crc is None or (sha256_mode == 1 and not f.sha256):  # T20
        return False
    if f.kind == MODULE and f.size > flash_free:
        return False
    return len(f.md5) == 32 and len(f.component) <= NAME_MAX and len(f.target) <= VERSION_MAX


def plan_event(component):
    c = component
    strings = '"%s","%s","%s"' % (c.name, c.source, c.target)
    return "10700,%s,%d,%d,%d" % (strings, c.battery, c.signal, c.space)


def start_event(firmware, sha256_mode, url_field):
    f = firmware
    if f.kind == MODULE:
        return "10701"
    text = '10701,"%s",%d,"%s",%d' % (f.component, f.size, f.md5, f.crc)
    if sha256_mode == 1:
        text += ',"%s"' % f.sha256
    if url_field:
        text += ',"%s"' % f.url
    return text


def block_event(firmware, start, size):
    f = firmware
    if f.kind == MODULE:
        return "10703"
    return '10703,"%s",%d,%d,%d' % (f.component, f.size, start, size)
