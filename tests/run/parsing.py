# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what the test tools report."""

from __future__ import annotations

import re
from collections.abc import Collection
from xml.etree import ElementTree

from tests.run.report import Result


def pytest_result(*reports: str) -> Result:
    """Count the tests in JUnit reports written by pytest. No test at all counts as one failure."""
    total = bad = skipped = 0
    for report in reports:
        for suite in ElementTree.fromstring(report).iter("testsuite"):
            total += int(suite.get("tests", 0))
            bad += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
    passed = total - bad - skipped
    note = f"{passed} passed, {bad} failed" + (f", {skipped} skipped" if skipped else "")
    return Result(passed, bad, note) if passed or bad else Result(0, 1, "no test ran")


def sanity_result(log: str, absent: Collection[str] = ()) -> Result:
    """Count the tests in the output of `ansible-test sanity -v`.

    A test skipped for want of a tool or an environment counts as failed. One with no file to look at does not count.
    absent: the Pythons that are known not to be here, so that a test skipped for want of one is only noted.
    """
    ran = re.findall(r'^Running sanity test "([^"]+)"', log, re.MULTILINE)
    idle = len(re.findall(r"^No tests applicable", log, re.MULTILINE))
    # Warnings are repeated at the end.
    missing = set(re.findall(r"^WARNING: (?:Skipping sanity test|Required program) .*", log, re.MULTILINE))
    expected = {
        python: {line for line in missing if line.endswith(f" on Python {python} because it could not be found.")}
        for python in absent
    }
    failed = _listed(log) + sorted(missing.difference(*expected.values()))
    passed = len(ran) - idle - len(failed)
    note = f"{passed} passed, {idle} with nothing to look at"
    note += "".join(f", Python {python} not found here" for python, lines in expected.items() if lines)
    return Result(passed, len(failed), "; ".join([note, *failed])) if passed or failed else Result(0, 1, "no test ran")


def _listed(log: str) -> list[str]:
    found = re.search(r"The (\d+) sanity test\(s\) listed below \(out of \d+\) failed\..*\n", log)
    return log[found.end() :].splitlines()[: int(found[1])] if found else []
