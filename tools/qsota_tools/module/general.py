"""General, radio and power commands: (name, form) -> function(module, arguments) -> lines."""

import time

from qsota_tools.module.syntax import Refused, take


def _nothing(module, args):
    return []


def _cmee(module, args):
    (mode,) = take(args, int)
    if mode > 2:
        raise Refused()
    module.modes.cmee = mode
    return []


def _line(form):
    """Answers with one line made from the module's options."""

    def command(module, args):
        return [form(module.options)]

    return command


def _sim_card(module, args):
    if not module.options.sim_card:
        raise Refused("+CME ERROR: 10")
    return ["+CPIN: READY"]


def _sleep_mode(module, args):
    if take(args, int)[0] > 1:
        raise Refused()
    return []


def _power_down(module, args):
    if take(args, int)[0] > 1:
        raise Refused()
    module.power_down_soon()
    return []


def _model(module, args):
    return ["Quectel", "SIMULATED", "Revision: " + module.options.module_version]


def _clock(module, args):
    text = module.options.cclk
    if not text:
        now = time.gmtime()
        text = "%02d/%02d/%02d,%02d:%02d:%02d+00" % ((now[0] % 100,) + now[1:6])
    return ['+CCLK: "%s"' % text]


COMMANDS = {
    ("", ""): _nothing,
    ("I", ""): _model,
    ("+CMEE", "?"): lambda module, args: ["+CMEE: %d" % module.modes.cmee],
    ("+CMEE", "="): _cmee,
    ("+CCLK", "?"): _clock,
    ("+GSN", ""): _line(lambda o: o.imei),
    ("+CGMR", ""): _line(lambda o: o.module_version),
    ("+CPIN", "?"): _sim_card,
    ("+CSQ", ""): _line(lambda o: "+CSQ: %d,99" % o.signal),
    ("+CEREG", "?"): _line(lambda o: "+CEREG: 0,%d" % o.registration),
    ("+CREG", "?"): _line(lambda o: "+CREG: 0,%d" % o.registration),
    ("+CGREG", "?"): _line(lambda o: "+CGREG: 0,%d" % o.registration),
    ("+CGATT", "?"): _line(lambda o: "+CGATT: %d" % (o.registration in (1, 5))),
    ("+QSCLK", "="): _sleep_mode,
    ("+QPOWD", ""): lambda module, args: _power_down(module, [1]),
    ("+QPOWD", "="): _power_down,
}
