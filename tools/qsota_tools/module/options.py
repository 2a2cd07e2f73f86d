"""What may differ between real modules, and the knobs of the simulated one."""

from qsota_tools.module.read_answer import FORMS


class Options:
    payload = "raw"  # +QIOTOTARD data on the wire: raw, hex or hexwords
    leading_crlf = True  # CR LF before the +QIOTOTARD header
    blank_line = False  # CR LF between that header and the data
    trailer = 2  # CR LF pairs between the data and OK
    read_limit = 1024  # bytes, the largest +QIOTOTARD read
    overlong = "clip"  # a longer read is clipped (clip) or refused (error)
    echo = True  # after power-up
    response_ms = 5  # from the end of a command to its response
    event_ms = 30  # from a response to the state change and events that it causes
    connect_ms = 300  # each step of the way to 3,10200
    boot_ms = 3000  # from reset to RDY
    restart_ms = None  # after QPOWD the module starts again by itself; None: stays off
    flash_free = 4 << 20  # bytes: a longer file comes in several blocks
    known = False  # the device was authenticated before: no 1,10200
    product = ("p1SIMU", "c2ltdWxhdGVk")  # PK and PS as if set before, or None
    module_version = "SIM01A01"
    imei = "860000000000001"
    sim_card = True
    signal = 24  # AT+CSQ <rssi>
    registration = 1  # AT+CEREG? <stat>
    qind = False  # +QIND: "FOTA","END",0 before 10705
    url_field = False  # the URL as a further field of 10701 (SDK 2.18)

    def __init__(self, **given):
        for name, value in given.items():
            if not hasattr(self, name):
                raise ValueError("unknown module option " + name)
            setattr(self, name, value)
        if self.payload not in FORMS:
            raise ValueError("payload must be one of " + ", ".join(FORMS))
