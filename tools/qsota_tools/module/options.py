"""What may differ between real modules, and the knobs of the simulated one."""

from qsota_tools.module.read_answer import FORMS


class Options:
    payload = "raw"  # +QIOTOTARD data on the wire: raw, hex or hexwords
    leading_crlf = True  # CR LF before the +QIOTOTARD header
    blank_line = False  # CR LF between that header and the data
    trailer = 2  # CR LF pairs between the data and OK
    trailer_lf = False  # each of them is a bare LF
    read_limit = 1024  # bytes, the largest +QIOTOTARD read
    overlong = "clip"  # a longer read is clipped (clip) or refused (error)
    test_form = "answer"  # what "=?" gets: answer, error, or silent for nothing at all
    echo = True  # after power-up, as of the stored profile; so are the next three
    verbose = True  # result codes as words
    quiet = False  # no result codes at all
    cmee = 1  # +CME ERROR with a number (1) or a text (2); 0: ERROR
    response_ms = 5  # from the end of a command to its response
    response_max_ms = 0  # the response comes at random between response_ms and this
    slow = ""  # names of commands, with blanks between them, that need slow_ms
    slow_ms = 4000
    seed = 1  # of what is random
    data_ms = 0  # a prompt that gets no data ends by ERROR after this; 0: it waits for ever
    send_final = ""  # final result code after the data; "": OK, SEND OK for sockets
    event_ms = 30  # from a response to the state change and events that it causes
    connect_ms = 300  # each step of the way to 3,10200
    boot_ms = 3000  # from reset to RDY
    restart_ms = None  # after QPOWD the module starts again by itself; None: stays off
    events_first = 0  # one command in so many has its events before its OK; 0: none
    patience = 1  # its waits for reads and reports, times this: an MCU on a clock that is slower
    flash_free = 4 << 20  # bytes: a longer file comes in several blocks; below 0: no limit (D5)
    known = False  # the device was authenticated before: no 1,10200
    product = ("p1SIMU", "c2ltdWxhdGVk")  # PK and PS as if set before, or None
    module_version = "SIM01A01"
    sdk = "2.9.0"  # QuecThing's; "": a firmware without it
    imei = "860000000000001"
    sim_card = True
    signal = 24  # AT+CSQ <rssi>
    registration = 1  # AT+CEREG? <stat>
    cclk = ""  # AT+CCLK? without its quotes; "": the time of this host, in UTC
    qind = False  # +QIND: "FOTA","END",0 before 10705
    url_field = False  # the URL as a further field of 10701 (SDK 2.18)

    def __init__(self, **given):
        for name, value in given.items():
            if not hasattr(self, name):
                raise ValueError("unknown module option " + name)
            setattr(self, name, value)
        if self.payload not in FORMS:
            raise ValueError("payload must be one of " + ", ".join(FORMS))
