"""Mistakes planted in starts, resets and the boot record (see planted_bugs.py)."""

UPGRADE = "upgrade/test_upgrade.py::test_"

BUGS = [
    (
        "attempt burned after the new image was looked at",
        "boot/choose.py",
        """    slot.attempts -= 1
    if not store():
        return "record-write"
    return None if start(record.active) else "image-damaged"
""",
        """    if not start(record.active):
        return "image-damaged"
    slot.attempts -= 1
    return None if store() else "record-write"
""",
        "boot/test_loader.py",
    ),
    (
        "attempts never come to an end",
        "boot/choose.py",
        "    slot.attempts -= 1\n",
        "",
        "boot/test_loader.py",
    ),
    (
        "trailer trusted: the image is not hashed at boot",
        "boot/starting.py",
        "            if check(area, slot, scratch, feed):\n",
        "            if True:\n",
        "boot/test_loader.py",
    ),
    (
        "no watchdog on a trial boot",
        "boot/starting.py",
        """        state.wdt = board.watchdog(board.get("trial.watchdog_ms"))
        feed = state.wdt.feed
""",
        "        pass\n",
        UPGRADE + "a_hang_in_the_trial_is_ended_by_the_watchdog",
    ),
    (
        "one bad read retires a confirmed image",
        "boot/starting.py",
        "_READS = const(3)\n",
        "_READS = const(1)\n",
        "boot/test_reads_at_boot.py",
    ),
    (
        "no reset before a confirmed image is given up",
        "boot/choose.py",
        "            again()\n",
        "",
        "boot/test_reads_at_boot.py",
    ),
    (
        "one bad read hides the newest record",
        "boot/record.py",
        "_READS = const(3)\n",
        "_READS = const(1)\n",
        "boot/test_record_cuts.py",
    ),
    (
        "a cancelled task ends at the REPL",
        "resident/program.py",
        "        except BaseException as caught:",
        "        except (Exception, SystemExit) as caught:",
        "boot/test_ways_out.py",
    ),
    (
        "an application that ends leaves the REPL",
        "resident/program.py",
        "                _application()\n",
        "                _application()\n                return\n",
        "boot/test_ways_out.py",
    ),
    (
        "starts that do not last are not counted",
        "boot/tally.py",
        "        _set(state, starts + 1)\n",
        "        _set(state, starts)\n",
        "boot/test_short_starts.py",
    ),
    (
        "the updater alone is followed by the updater alone",
        "boot/tally.py",
        "        _set(state, min(starts, _STARTS - 1) | (_BACK if state.aside else 0))\n",
        "        _set(state, _STARTS)\n",
        "boot/test_short_starts.py",
    ),
    (
        "a board at rest waits for a host for ever",
        "boot/attended.py",
        "    if state.rest <= 0:\n",
        "    if False:\n",
        "boot/test_ways_out.py",
    ),
    (
        "a host at the REPL is not seen",
        "boot/attended.py",
        "    state.rest = max(state.rest, _MINUTES) if chip.host() else state.rest - 1\n",
        "    state.rest -= 1\n",
        "boot/test_without_application.py",
    ),
    (
        "files of the application take the place of the library's modules",
        "boot/system.py",
        "                sys.modules[name] = __import__(name)\n",
        "                __import__(name)\n",
        "boot/test_loader_files.py",
    ),
    (
        "an index of names that is not in order",
        "boot/romfs.py",
        "                        entries.insert(i, at)\n",
        "                        entries.append(at)\n",
        "boot/test_romfs_cost.py",
    ),
    (
        "sequence compare wrong at the wrap",
        "boot/record.py",
        "    return 0 < (seq - other) & _MASK < 0x80000000\n",
        "    return seq > other\n",
        "boot/test_record_log.py",
    ),
    (
        "the record is written in place",
        "boot/record.py",
        "        unit = 1 - self._unit\n",
        "        unit = self._unit\n",
        "boot/test_record_log.py",
    ),
    (
        "a record is not read back",
        "boot/record.py",
        "        if self._back != self._buf:\n",
        "        if False:\n",
        "boot/test_record_log.py",
    ),
    (
        "a record with a wrong CRC counts",
        "boot/record.py",
        "    if crc32(view[:_CRC_AT]) != ",
        "    if False and crc32(view[:_CRC_AT]) != ",
        "boot/test_record.py",
    ),
]
