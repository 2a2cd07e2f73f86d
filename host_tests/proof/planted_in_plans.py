"""Mistakes planted in plans, reports and what is on record of them (see planted_bugs.py)."""

UPGRADE = "upgrade/test_upgrade.py::test_"
TRAPS = "upgrade/test_traps.py::test_"
ENDINGS = "upgrade/test_endings.py::test_"
REPEATED = "upgrade/test_repeated_lines.py::test_"

BUGS = [
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
        "session/trial.py",
        '        (record, "floor", max(record.floor, slot.counter)),\n',
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
        "upgrade/test_after_the_upgrade.py::test_a_report_to_a_module_that_restarts_before_its_verdict_is_made_again",
    ),
    (
        "RAM keeps what flash refused",
        "update/steps.py",
        """            setattr(it, name, value)
        # What""",
        """            pass
        # What""",
        "update/test_journal_writes.py",
    ),
    (
        "sessions that fail follow each other at once",
        "resident/updater.py",
        "        self._failures += 1\n",
        "",
        "resident/test_updater.py::test_sessions_that_fail_back_off_to_one_in_ten_minutes",
    ),
    (
        "an offer closes what was confirmed and is not reported yet",
        "session/session.py",
        "        if self._journal.trial() or self._due():\n",
        "        if self._journal.trial():\n",
        "upgrade/test_after_the_upgrade.py::test_nothing_that_is_announced_before_the_report_closes_the_upgrade",
    ),
    (
        "an image on trial that leaves no memory makes way, which costs its attempts",
        "resident/updater.py",
        "            return False  # a restart would cost it an attempt\n",
        "",
        "upgrade/test_instead.py::test_a_version_on_trial_that_leaves_none_does_not_spend_its_attempts_on_that",
    ),
    (
        "an import that failed keeps memory for ever",
        "boot/packed.py",
        "            modules[_ANY] = None\n            modules.pop(_ANY)\n",
        "            modules.pop(_ANY, None)\n",
        "boot/test_packed.py::test_an_import_that_fails_leaves_nothing_in_memory",
    ),
    (
        "a module that failed within an import keeps memory for ever",
        "resident/phases.py",
        "            names[place] = None\n            names.pop(place)\n",
        "            names.pop(place, None)\n",
        "resident/test_phases.py::test_a_module_that_fails_within_an_import_leaves_nothing_in_memory_either",
    ),
    (
        "an application that leaves no memory to make way never does",
        "resident/updater.py",
        "            return aside()\n",
        "            return False\n",
        "upgrade/test_instead.py::test_where_there_is_no_memory_to_make_way_either_a_register_is_all_that_it_takes",
    ),
    (
        "an updater alone goes on for ever without memory",
        "resident/updater.py",
        "            return self._failures >= _LAST\n",
        "            return False\n",
        "upgrade/test_instead.py::test_an_updater_alone_that_finds_no_memory_restarts_the_board",
    ),
    (
        "an updater alone goes on without memory where updates run beside the application",
        "resident/updater.py",
        """        if handover.state.alone:
            return self._failures >= _LAST
        if self.way == "beside" or self._failures < _QUICK:
            return False
""",
        """        if self.way == "beside" or self._failures < _QUICK:
            return False
        if handover.state.alone:
            return self._failures >= _LAST
""",
        "resident/test_updater_memory.py::test_an_updater_alone_restarts_the_board_also_where_updates_run_beside_the_application",
    ),
    (
        "sessions for which there is no memory follow each other at once for ever",
        "resident/updater.py",
        "wait_ms if self._failures > _LOST else _SECOND_MS",
        "_SECOND_MS",
        "resident/test_updater_memory.py::test_a_pause_that_cannot_be_made_costs_a_second_and_after_a_minute_as_much_as_others",
    ),
    (
        "an application that leaves an update no stack has the next one beside it, too",
        "resident/updater.py",
        ' or "RuntimeError" in reason',
        "",
        "upgrade/test_instead.py::test_where_heap_or_stack_failed_an_update_the_next_one_takes_the_applications_place",
    ),
    (
        "an application that has just come back makes way again",
        "resident/updater.py",
        "        if handover.state.back and",
        "        if False and",
        "upgrade/test_instead.py::test_an_application_that_leaves_no_memory_for_sessions_makes_way_as_often_as_one_would_ask",
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
        "downloads that nobody confirmed fail again and again",
        "session/intake.py",
        "        return failed < _FREE or not ",
        "        return True or not ",
        REPEATED + "downloads_that_nobody_confirmed_fail_five_times_and_then_once_an_hour",
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
        "session/intake.py",
        """        self._unwanted = True
        self._watch.begin()
""",
        """        self._unwanted = True
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
        "upgrade/test_traps_at_ends.py::test_t27_a_revert_reports_the_old_version_at_once",
    ),
]
