"""Real mistakes, one text replacement each, and the tests that must notice them.

(name, file in firmware/qsota, right text, wrong text, tests in host_tests/device)
"""

import planted_in_data
import planted_in_plans
import planted_in_starts

BUGS = planted_in_starts.BUGS + planted_in_plans.BUGS + planted_in_data.BUGS
