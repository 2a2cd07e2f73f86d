"""AT+QIOTCFG: the platform settings that the module saves."""

from qsota_tools.module.syntax import Refused, take

_SERVER = "mqtt://iot-south.quectelcn.com:1883"
_MAX = 32  # characters of PK, PS and DS


def _number(low, high):
    def check(args, config):
        (value,) = take(args, int)
        if not low <= value <= high:
            raise Refused()
        return args

    return check


def _product(args, config):
    pk, ps = take(args, str, str)
    # The SDK answers OK to a value that is too long, does not save it, and saves the other one.
    old = config.get("productinfo") or ["", ""]
    return [new if len(new) <= _MAX else kept for new, kept in zip((pk, ps), old)]


def _server(args, config):
    kind, url = take(args, int, str)
    if kind != 1 or not 0 < len(url) < 64:
        raise Refused()
    return args


def _device(args, config):
    dk, ds = take(args if len(args) > 1 else args + [""], str, str)
    if not dk and not ds:
        return None  # back to the default
    if not 4 <= len(dk) <= 16 or len(ds) > _MAX or dk == config.imei:
        raise Refused()
    return [dk, ds]


# name, range for the test form, check of new values, forgets the device secret
_ITEMS = (
    ("productinfo", "<pk>,<ps>", _product, True),
    ("server", "1,<server_URL>", _server, True),
    ("lifetime", "(1-65535)", _number(1, 65535), False),
    ("buffer", "(0,1)", _number(0, 1), False),
    ("act", "(1-15)", _number(1, 15), False),
    ("session_mode", "(0,1)", _number(0, 1), False),
    ("tsl", "(0,1)", _number(0, 1), False),
    ("dk_ds", "<dk>,<ds>", _device, True),
    ("txid_mode", "(0,1)", _number(0, 1), False),
)
_DEFAULTS = {
    "server": [1, _SERVER],
    "lifetime": [120],
    "buffer": [0],
    "act": [1],
    "session_mode": [0],
    "tsl": [0],
    "txid_mode": [0],
}


class Config:
    def __init__(self, product, imei):
        self.imei = imei
        self._values = dict(_DEFAULTS)
        self._values["productinfo"] = list(product) if product else None

    def get(self, name):
        """The item's values, None if it was never set."""
        return self._values.get(name)

    def values(self):
        """All items that were ever set."""
        return dict(self._values)

    def restore(self, values):
        """What values() told, without a check."""
        self._values.update(values)

    def set(self, name, args):
        """Check and save; Refused if the values are out of range."""
        check = _item(name)[2]
        self._values[name] = check(args, self)

    @property
    def complete(self):
        """The module can connect: it has a product."""
        return all(self.get("productinfo") or [""])


def ranges():
    return ['+QIOTCFG: "%s",%s' % item[:2] for item in _ITEMS]


def query(config, name):
    """The line that shows an item; Refused for one that is unknown or was never set."""
    values = config.get(_item(name)[0])
    if values is None:
        raise Refused()
    shown = values + ["1"] if name == "productinfo" else values
    texts = ['"%s"' % value if isinstance(value, str) else str(value) for value in shown]
    return '+QIOTCFG: "%s",%s' % (name, ",".join(texts))


def forgets_secret(name):
    return _item(name)[3]


def _item(name):
    for item in _ITEMS:
        if item[0] == name:
            return item
    raise Refused()
