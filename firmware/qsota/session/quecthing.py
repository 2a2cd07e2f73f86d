# The QuecThing commands of a session, one method each.
from asyncio import sleep_ms

from micropython import const

from qsota.session.commands import Commands
from qsota.session.names import COMPONENT_MAX, VERSION_MAX, valid_name

_PAID_MS = const(9000)  # slow ones within 4 s, and what is paid for is not sent twice in vain
_PRODUCT_MAX = const(32)
_LOOKS = const(3)  # for a signal that the module does not know
_LOOK_MS = const(1000)


class QuecThing(Commands):
    """What a session says to a module; every command raises AtError or AtTimeout."""

    # --- the platform connection

    async def register(self, mode=1):
        """0 disconnect, 1 connect now, 2 connect now and after every power-up."""
        await self._set("AT+QIOTREG=%d" % mode)

    async def registered_mode(self):
        return await self._number("AT+QIOTREG?", b"+QIOTREG:")

    async def product_info(self):
        """(PK, PS), or None when none is set."""
        for fields in await self._query('AT+QIOTCFG="productinfo"', b"+QIOTCFG:"):
            if len(fields) >= 3 and fields[0] == "productinfo" and fields[1] != "":
                return str(fields[1]), str(fields[2])
        return None

    async def set_product_info(self, pk, ps):
        """Only in registration mode 0; clears the device's secret. ValueError: valid_field()."""
        if not valid_field(pk) or not valid_field(ps):
            raise ValueError("bad product")
        await self._set('AT+QIOTCFG="productinfo","%s","%s"' % (pk, ps))

    async def buffered(self):
        """Whether data is received buffered; None if the module does not say."""
        for fields in await self._query('AT+QIOTCFG="buffer"', b"+QIOTCFG:"):
            if len(fields) >= 2 and fields[0] == "buffer":
                return fields[1] == 1
        return None

    async def buffer(self, on):
        """Buffered reception: data then never comes as raw bytes inside a URC (B10)."""
        await self._set('AT+QIOTCFG="buffer",%d' % bool(on))

    async def upload_info(self):
        """Send device information with the version table to the cloud."""
        await self._set('AT+QIOTINFO="up"', _PAID_MS)

    # --- versions

    async def version(self, name):
        """The version on record for a component, or None.

        It is asked for by its name; of all entries, which may be many, only where that is refused.
        """
        for fields in await self._query('AT+QIOTMCUVER="%s"' % name, b"+QIOTMCUVER:"):
            if len(fields) >= 2 and fields[0] == name:
                return str(fields[1])
        for fields in await self._query("AT+QIOTMCUVER?", b"+QIOTMCUVER:"):
            if len(fields) >= 2:
                if fields[0] == name:
                    return str(fields[1])
                continue
            # Very old firmware: one string "a:1;b:2".
            for entry in str(fields[0]).split(";"):
                known, colon, version = entry.partition(":")
                if colon and known == name:
                    return version
        return None

    async def versions(self, names):
        """The module's version table as far as these components are in it: name -> version."""
        table = {}
        for name in names:
            version = await self.version(name)
            if version is not None:
                table[name] = version
        return table

    async def report_version(self, name, version):
        """Write the table. While an upgrade is open this is its verdict (T1, T2)."""
        if not valid_name(name, COMPONENT_MAX) or not valid_name(version, VERSION_MAX):
            raise ValueError("bad component or version")
        await self._set('AT+QIOTMCUVER="%s","%s"' % (name, version))

    # --- upgrade

    async def request_plan(self, sha256=True):
        """Ask the cloud; the answer is a 10700 event, or nothing at all (T17)."""
        # Always with a value: whether the bare form keeps the last one is not known (T19).
        await self._set("AT+QIOTOTAREQ=%d" % bool(sha256), _PAID_MS)

    # --- network

    async def signal(self):
        """RSSI in dBm; the cloud's minimum is an RSRP, which is lower.

        0, which no minimum is above, where the module does not know it (99) three times: LTE-M and
        NB modules may never do, and what brought a plan cannot be too weak for ever.
        """
        for left in range(_LOOKS - 1, -1, -1):
            for fields in await self._query("AT+CSQ", b"+CSQ:"):
                if isinstance(fields[0], int) and 0 <= fields[0] <= 31:
                    return -113 + 2 * fields[0]
            if left:
                await sleep_ms(_LOOK_MS)
        return 0


def valid_field(text):
    """Whether it can be a product key or secret; the module saves a part of a longer one (D13)."""
    return (
        isinstance(text, str)
        and 1 <= len(text) <= _PRODUCT_MAX
        and all(" " < char <= "~" and char != '"' for char in text)
    )
