# A client on a scripted UART.


HEADER = b"+QIOTOTARD:"


READ = "AT+QIOTOTARD=0,%d"


def block(data, start=0, echo=b"", lead=b"\r\n", trailer=b"\r\n\r\nOK\r\n"):
    return echo + lead + b"+QIOTOTARD: %d,%d\r\n" % (start, len(data)) + data + trailer
