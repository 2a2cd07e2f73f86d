"""The order in which a module is examined."""

from collections.abc import Iterator

from qsota_tools.provision.at_dialogue import Wire
from qsota_tools.provision.doctor.finding import Finding
from qsota_tools.provision.doctor.network import network
from qsota_tools.provision.doctor.quecthing import quecthing
from qsota_tools.provision.doctor.wiring import wiring


def examine(
    wire: Wire, product: str | None = None, component: str | None = None
) -> Iterator[Finding]:
    """All that is found out about a module, in the order in which things depend on each other.

    product: the product key that it must have, component: the one whose version it must know;
    None: nobody says. Only questions are asked, so that nothing changes: neither settings nor the
    state of an upgrade.
    """
    talking = yield from wiring(wire)
    if talking:
        yield from network(wire)
        yield from quecthing(wire, product, component)
