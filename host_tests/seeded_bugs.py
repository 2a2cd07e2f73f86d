"""Real mistakes, one text replacement each, and the tests that must notice them.

(name, file in firmware/qsota, right text, wrong text, tests in host_tests/device)
"""

UPGRADE = "upgrade/test_upgrade.py::test_"
TRAPS = "upgrade/test_traps.py::test_"
SESSION = "session/test_session.py::test_"
ENDINGS = "upgrade/test_endings.py::test_"

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
        "boot/test_record.py",
    ),
    (
        "a cancelled task ends at the REPL",
        "resident/program.py",
        "    except BaseException as caught:",
        "    except (Exception, SystemExit) as caught:",
        "boot/test_ways_out.py",
    ),
    (
        "an application that ends leaves the REPL",
        "resident/program.py",
        "        _run()\n",
        "        _run()\n        return False\n",
        "boot/test_ways_out.py",
    ),
    (
        "starts that do not last are not counted",
        "boot/tally.py",
        "        _set(state, starts + 1)\n",
        "        _set(state, starts)\n",
        "boot/test_ways_out.py",
    ),
    (
        "the updater alone is followed by the updater alone",
        "boot/tally.py",
        "        _set(state, min(starts, _STARTS - 1))\n",
        "        _set(state, _STARTS)\n",
        "boot/test_ways_out.py",
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
        "boot/test_ways_out.py",
    ),
    (
        "files of the application take the place of the library's modules",
        "boot/system.py",
        "                sys.modules[name] = __import__(name)\n",
        "                __import__(name)\n",
        "boot/test_loader.py",
    ),
    (
        "an index of names that is not in order",
        "boot/romfs.py",
        "                        entries.insert(i, at)\n",
        "                        entries.append(at)\n",
        "boot/test_romfs.py",
    ),
    (
        "sequence compare wrong at the wrap",
        "boot/record.py",
        "    return 0 < (seq - other) & _MASK < 0x80000000\n",
        "    return seq > other\n",
        "boot/test_record.py",
    ),
    (
        "the record is written in place",
        "boot/record.py",
        "        unit = 1 - self._unit\n",
        "        unit = self._unit\n",
        "boot/test_record.py",
    ),
    (
        "a record is not read back",
        "boot/record.py",
        "        if self._back != self._buf:\n",
        "        if False:\n",
        "boot/test_record.py",
    ),
    (
        "a record with a wrong CRC counts",
        "boot/record.py",
        "    if crc32(view[:_CRC_AT]) != ",
        "    if False and crc32(view[:_CRC_AT]) != ",
        "boot/test_record.py",
    ),
    (
        "wrong slot erased: the running one",
        "update/journal.py",
        "            return 1 - self.running\n",
        "            return self.running\n",
        "update/test_journal.py",
    ),
    (
        "an old image stays bootable while it is overwritten",
        "update/journal.py",
        '(slot, "state", EMPTY), ',
        "",
        "update/test_journal.py",
    ),
    (
        "a new upgrade may overwrite the way back of a running trial",
        "update/journal.py",
        '        if self.trial():\n            raise FlashError("trial-open")\n',
        "",
        "update/test_journal.py",
    ),
    (
        "the anti-rollback floor is not raised",
        "session/plan_journal.py",
        '            (self.record, "floor", max(self.record.floor, slot.counter)),\n',
        "",
        "update/test_journal.py",
    ),
    (
        "confirmed before the self-test: reported while on trial",
        "update/journal.py",
        '            (slot, "state", TRIAL),\n',
        '            (slot, "state", TRIAL),\n            (self.record, "report", REPORT_NEW),\n',
        UPGRADE + "the_new_version_is_reported_only_after_the_application_confirmed",
    ),
    (
        "the old version is reported at boot, in mid-download",
        "session/session.py",
        "            if not self._due():\n                await self._look()\n",
        "            await self._reporter._report('MCU', '1_0_0')\n"
        "            await self._look()\n",
        TRAPS + "t1_an_mcu_reset_in_mid_download_reports_no_version",
    ),
    (
        "the report is forgotten before the module took it",
        "session/report.py",
        "        upgrade = self._journal.open_upgrade()\n        if upgrade is None:\n",
        "        upgrade = self._journal.open_upgrade()\n        self._journal.done()\n"
        "        if upgrade is None:\n",
        ENDINGS + "a_report_to_a_module_that_restarts_before_its_verdict_is_made_again",
    ),
    (
        "RAM keeps what flash refused",
        "update/journal.py",
        """                setattr(it, name, value)
            # What""",
        """                pass
            # What""",
        "update/test_journal.py",
    ),
    (
        "sessions that fail follow each other at once",
        "resident/updater.py",
        "        self._failures += 1\n",
        "",
        "resident/test_updater.py::test_sessions_that_fail_back_off_to_one_in_ten_minutes",
    ),
    (
        "a download that resets the MCU is taken up for ever",
        "update/attempt.py",
        "        if not first:\n            self._count(upgrade.length)\n",
        "",
        ENDINGS + "an_upgrade_that_resets_the_mcu_again_and_again_ends",
    ),
    (
        "a plan that fails is paid for again and again",
        "session/offer.py",
        "        return tries >= _FREE_TRIES and 0 <= since < _HOLD_MS\n",
        "        return False\n",
        ENDINGS + "a_plan_whose_trial_always_crashes_is_downloaded_once_an_hour_in_the_end",
    ),
    (
        "a silent module is waited for in silence",
        "session/offer.py",
        "            self._watch.begin()\n",
        "            pass\n",
        "upgrade/test_silent.py::test_a_download_of_which_nothing_at_all_is_heard_is_found",
    ),
    (
        "a silent component without target is waited for",
        "session/session.py",
        """                self._unwanted = True
                self._watch.begin()
""",
        """                self._unwanted = True
                self._watch.end()
""",
        "upgrade/test_silent.py::"
        "test_the_silent_state_of_a_component_without_target_is_ended_by_its_own_report",
    ),
    (
        "an unknown answer of consent() refuses the plan",
        "session/policy.py",
        "return REFUSE if answer is False else LATER",
        "return REFUSE if not answer else LATER",
        "session/test_policy.py",
    ),
    (
        "a revert is not reported",
        "boot/record_data.py",
        "        self.reason = reason\n        self.report = REPORT_OLD\n",
        "        self.reason = reason\n",
        TRAPS + "t27_a_revert_reports_the_old_version_at_once",
    ),
    (
        "digest skipped",
        "update/transfer.py",
        "        self._digest.matches(self._upgrade.length)\n",
        "",
        TRAPS + "t12_the_digests_of_the_first_10701_are_kept_for_the_retries",
    ),
    (
        "read-back skipped",
        "update/target.py",
        '        if not whole:\n            raise PackageError("wrong-image")\n',
        "",
        "update/test_target.py",
    ),
    (
        "a package for another board is taken",
        "update/package.py",
        '(header.board == board, "wrong-board")',
        '(True, "wrong-board")',
        "update/test_package.py",
    ),
    (
        "the header's CRC is not checked",
        "update/package.py",
        '        raise PackageError("bad-header-crc")\n',
        "        pass\n",
        "update/test_package.py",
    ),
    (
        "guard removed: an erase goes through",
        "boot/guard.py",
        "        return _EROFS if op == _ERASE_BLOCK else self._dev.ioctl(op, arg)\n",
        "        return self._dev.ioctl(op, arg)\n",
        "boot/test_flash.py",
    ),
    (
        "no bounds on raw flash",
        "boot/flash.py",
        "        if offset < 0 or offset + length > self.size:\n",
        "        if False:\n",
        "boot/test_flash.py",
    ),
    (
        "the next unit is not erased ahead of the data",
        "update/slot_writer.py",
        "        while self.erase_next(min(end + 1, max(end, self._area.size))):\n",
        "        while self.erase_next(end):\n",
        "update/test_slot_writer.py",
    ),
    (
        "a resumed download trusts the unit that was being written",
        "update/slot_writer.py",
        "            self.position = self._erased = self._unit(used - 1)\n",
        "            self.position = self._erased = used\n",
        "update/test_slot_writer.py",
    ),
    (
        "UPDATE=2 is repeated when its answer is lost",
        "update/blocks.py",
        "            await self._quec.action(NEXT_BLOCK)\n",
        "            try:\n                await self._quec.action(NEXT_BLOCK)\n"
        "            except AtError:\n                await self._quec.action(NEXT_BLOCK)\n",
        TRAPS + "t9_a_lost_answer_to_update_2_is_not_answered_by_another_one",
    ),
    (
        "one refusal of a probe is enough to pass a block on",
        "session/commands.py",
        "_NOS = const(2)",
        "_NOS = const(1)",
        "upgrade/test_reading.py::test_a_lost_probe_or_its_lost_answer_does_not_skip_a_block",
    ),
    (
        "a block is passed on before it is safe",
        "update/blocks.py",
        "        await self._save()\n",
        "",
        "upgrade/test_blocks.py",
    ),
    (
        "what a 10703 says of its end is believed",
        "update/blocks.py",
        "        if await self._quec.holds(end):\n            return await self._found(end)\n",
        "",
        "upgrade/test_reading.py::test_a_block_whose_announcement_lost_its_end_is_read_to_its_end",
    ),
    (
        "what is erased ahead takes the copy of a block's end",
        "update/staging.py",
        "            end = min(end, upgrade.tail)\n",
        "            pass\n",
        "update/test_staging.py",
    ),
    (
        "the slot is given up before the header of its successor is there",
        "update/target.py",
        "        if not self._claimed and journal.record.slots[journal.spare()].state != GOOD:\n",
        "        if not self._claimed:\n",
        "update/test_target.py",
    ),
    (
        "the position advances by what was asked, not by what came",
        "update/transfer.py",
        "            self.position += len(data)\n",
        "            self.position += min(self._chunks._most, end - self.position)\n",
        TRAPS + "t10_a_shorter_answer_than_asked_for_is_counted_as_it_came",
    ),
    (
        "UPDATE=3 without a last look at what was read",
        "update/transfer.py",
        "                return await self._verify()\n",
        "                return None\n",
        TRAPS + "t21_a_damaged_file_is_read_twice_and_then_refused",
    ),
    (
        "a wrong start in the answer is not noticed",
        "session/commands.py",
        '        if answer[0] != start:\n            raise AtError("wrong-start")\n',
        "",
        "session/test_quecthing.py",
    ),
    (
        "a payload is scanned for lines",
        "command/at_command.py",
        "            self._parser.expect(self)\n",
        "            pass\n",
        "resident/test_at_client.py",
    ),
    (
        "a late answer is taken for the next command's",
        "command/exchange.py",
        "        if at._late:\n            await _sync(at, _TRIES, _SYNC_MS)\n",
        "",
        "resident/test_at_client.py",
    ),
    (
        "an unsigned package is taken by a board with a key",
        "update/target.py",
        "        for _ in package.signature_steps(header, self._head, self._keys):\n",
        "        for _ in ():\n",
        "update/test_signed.py",
    ),
    (
        "a delta is applied to any base",
        "update/target.py",
        "            yield from self._check_base(header)\n",
        "            pass\n",
        "update/test_target.py",
    ),
    (
        "a copy of a block's end is put over the image that runs",
        "update/staging.py",
        "size + self._used[1]",
        "size",
        "update/test_staging.py",
    ),
    (
        "a part of a header is put over the image that is the way back",
        "update/staging.py",
        "self._place(self._used[0])",
        "self._place(0)",
        "update/test_staging.py",
    ),
]
