"""Lines that a module may send at any time, and the places where it may."""

# Received data as it comes without buffered mode: its raw bytes look like anything.
_RAW = b"\r\nOK\r\nERROR\r\n+QIOTEVT: 7,10706\r\n+QIOTOTARD: 0,9\r\n\x00\xff"


def _lines(*texts):
    return b"".join([b"\r\n" + text + b"\r\n" for text in texts])


URCS = (
    ("raw-data", _lines(b"+QIOTEVT: 5,10200,%d" % len(_RAW)) + _RAW),
    ("raw-data-2", _lines(b"+QIOTEVT: 5,10210,%d" % len(_RAW)) + _RAW),
    ("rdy", _lines(b"RDY", b"+CFUN: 1", b"+CPIN: READY", b"APP RDY")),
    ("qind", _lines(b'+QIND: "FOTA","END",0')),
    ("offer", _lines(b'+QIOTEVT: 7,10700,"MCU","","2_0_0",30,-113,2768')),
    ("downloading", _lines(b"+QIOTEVT: 7,10702")),
    ("result", _lines(b"+QIOTEVT: 7,10707,0")),
    ("sub-device", _lines(b"+QIOTEVT: 7,10708", b'+QIOTSUBEVT: "pk","dk",7,10706')),
    ("unknown-event", _lines(b"+QIOTEVT: 7,10799,1,2,3", b'+QIOTEVT: 99,1,"x"')),
    ("malformed-event", _lines(b'+QIOTEVT: 7,10703,"MCU', b"+QIOTEVT:", b"+QIOTEVT: ,,")),
    ("unknown", _lines(b"+CEREG: 5", b"RING", b"+CSQ: 99,99", b"NO CARRIER")),
    ("overlong", _lines(b"+QIOTEVT: 7,10706," + b"9" * 2000)),
    ("no-network", _lines(b"+QIOTEVT: 2,10474")),
    ("empty", b"\r\n\r\n\r\n"),
)


def places(data):
    """Offsets in one write of the module before which another line may stand.

    Its start, the lines in between, and in an answer with counted data the end of the data.
    """
    header = data.find(b"+QIOTOTARD: ")
    if header < 0:
        return [0] + _line_starts(data)
    begin = data.find(b"\r\n", header) + 2
    count = data[header:begin].strip().split(b",")[-1]
    if not count.isdigit():
        return [0] + _line_starts(data)  # the answer to AT+QIOTOTARD=?
    return [0, begin + int(count)]


def _line_starts(data):
    starts = []
    at = data.find(b"\r\n\r\n")
    while at >= 0:
        starts.append(at + 2)
        at = data.find(b"\r\n\r\n", at + 2)
    return [at for at in starts if at < len(data)]


def insert(data, place, text):
    return data[:place] + text + data[place:]
