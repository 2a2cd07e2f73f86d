"""Modules as they may be: slow, framed otherwise, in another mode, with little flash.

Runs on CPython and on MicroPython.
"""

PLAIN = {"response_ms": 5}


def slow(dice):
    """Answers between 0.3 and 4 s, all of them or those of one command."""
    options = ordinary(dice)
    kind = dice.below(3)
    if kind == 0:
        options["response_ms"] = dice.pick((300, 550, 700, 1500, 4000))
    elif kind == 1:
        options["response_ms"] = dice.pick((5, 300))
        options["response_max_ms"] = dice.pick((700, 4000))
    else:
        options["slow"] = dice.pick(
            ("+QIOTUPDATE", "+QIOTOTARD", "+QIOTREG +QIOTSTATE", "+QIOTMCUVER", "+CSQ +QIOTOTAREQ")
        )
        options["slow_ms"] = dice.pick((700, 1500, 4000))
    return options


def ordinary(dice):
    """What differs between modules that behave."""
    return {
        "payload": dice.pick(("raw", "raw", "raw", "hex", "hexwords")),
        "leading_crlf": not dice.once_in(4),
        "trailer": dice.between(1, 2),
        "read_limit": dice.pick((300, 1024)),
        "known": dice.once_in(2),
        "connect_ms": dice.pick((50, 300)),
        "boot_ms": dice.pick((500, 5000)),
        "flash_free": 4 << 20 if dice.below(3) else dice.between(800, 2500),
        "qind": dice.once_in(2),
        "url_field": dice.once_in(4),
        "seed": dice.below(1000),
    }


def odd(dice):
    """Each of the oddities, alone or together with others."""
    options = ordinary(dice)
    for name, choices in (
        ("trailer_lf", (True,)),
        ("test_form", ("error", "silent")),
        ("echo", (True,)),
        ("verbose", (False,)),
        ("quiet", (True,)),
        ("cmee", (0, 2)),
        ("events_first", (1, 3)),
        ("event_ms", (1, 300, 1500)),
        ("flash_free", (-1,)),
        ("data_ms", (60000,)),
    ):
        if dice.once_in(3):
            options[name] = dice.pick(choices)
    if dice.once_in(2):
        options["read_limit"] = dice.pick((16, 60, 100, 300))
        options["overlong"] = dice.pick(("clip", "error"))
    return options
