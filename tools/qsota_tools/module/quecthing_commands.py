"""The QIOT commands that an MCU uses: platform, versions and OTA."""

from qsota_tools.module import config, versions
from qsota_tools.module.read_answer import Block
from qsota_tools.module.syntax import Refused, take


def _check(ok):
    if not ok:
        raise Refused()


def _test(text):
    return lambda module, args: [text]


# Platform


def _reg_read(module, args):
    return ["+QIOTREG: %d" % module.link.mode]


def _reg_write(module, args):
    (mode,) = take(args, int)
    _check(mode <= 2 and (mode == 0 or module.config.complete))
    module.link.register(mode)
    return []


def _state(module, args):
    return ["+QIOTSTATE: %d" % module.link.state]


def _cfg_test(module, args):
    return config.ranges()


def _cfg_write(module, args):
    name = take(args[:1], str)[0]
    if len(args) == 1:
        return [config.query(module.config, name)]
    _check(module.link.mode == 0)  # T32
    module.config.set(name, args[1:])
    module.ota.save()
    if config.forgets_secret(name):
        module.link.has_secret = False
    return []


def _info_read(module, args):
    _check(module.options.sdk)
    return [
        "+QIOTINFO: SDK," + module.options.sdk,
        "+QIOTINFO: IMEI," + module.options.imei,
        "+QIOTINFO: version," + module.options.module_version,
    ]


def _info_write(module, args):
    _check(take(args, str)[0] == "up")
    module.after_response(module.event, "4,10240" if module.link.upload() else "4,10340")
    return []


# MCU versions


def _version_line(name, version):
    return '+QIOTMCUVER: "%s","%s"' % (name, version)


def _versions_read(module, args):
    return [_version_line(name, version) for name, version in module.versions.items()]


def _versions_write(module, args):
    if len(args) == 1:
        (name,) = take(args, str)
        version = module.versions.get(name)
        _check(version is not None)
        return [_version_line(name, version)]
    name, version = take(args, str, str)
    _check(versions.valid(name, version))
    stored = module.versions.set(name, version)
    module.ota.version_set(name, version)  # also when the table was full
    _check(stored)
    return []


# OTA


def _request(module, args):
    mode = take(args, int)[0] if args else 0
    module.ota.sha256_mode = mode  # in RAM, whatever the answer is (D7, D8)
    _check(module.link.request())
    _check(mode < 2)  # only after the request went out, like the module
    return []


def _update(module, args):
    _check(module.ota.action(take(args, int)[0]))
    return []


def _read_test(module, args):
    return ["+QIOTOTARD: <start>,(1-%d)" % module.options.read_limit]


def _read(module, args):
    start, length = take(args, int, int)
    limit = module.options.read_limit
    _check(length > 0 and (length <= limit or module.options.overlong == "clip"))
    data = module.ota.read(start, min(length, limit))
    _check(data is not None)
    return Block(start, data)


COMMANDS = {
    ("+QIOTREG", "=?"): _test("+QIOTREG: (0-2)"),
    ("+QIOTREG", "?"): _reg_read,
    ("+QIOTREG", "="): _reg_write,
    ("+QIOTSTATE", "?"): _state,
    ("+QIOTCFG", "=?"): _cfg_test,
    ("+QIOTCFG", "="): _cfg_write,
    ("+QIOTINFO", "=?"): _test('+QIOTINFO: "up"'),
    ("+QIOTINFO", "?"): _info_read,
    ("+QIOTINFO", "="): _info_write,
    ("+QIOTMCUVER", "=?"): _test("+QIOTMCUVER: <MCU_number>,<MCU_version>"),
    ("+QIOTMCUVER", "?"): _versions_read,
    ("+QIOTMCUVER", "="): _versions_write,
    ("+QIOTOTAREQ", "=?"): _test("+QIOTOTAREQ: <info>"),
    ("+QIOTOTAREQ", ""): _request,
    ("+QIOTOTAREQ", "="): _request,
    ("+QIOTUPDATE", "=?"): _test("+QIOTUPDATE: (0-3)"),
    ("+QIOTUPDATE", "="): _update,
    ("+QIOTOTARD", "=?"): _read_test,
    ("+QIOTOTARD", "="): _read,
}
