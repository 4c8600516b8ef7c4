# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the reading of the test tools' reports."""

from __future__ import annotations

from tests.run import parsing

SANITY = """\
Running sanity test "ansible-doc"
Running sanity test "empty-init"
No tests applicable.
Running sanity test "import" on Python 3.13
Running sanity test "pylint"
ERROR: plugins/modules/tenant_state.py:8:11: some-rule: some reason
"""
SANITY_FAILED = """\
FATAL: The 1 sanity test(s) listed below (out of 4) failed. See error output above for details.
pylint
"""


def suite(tests: int, failures: int = 0, errors: int = 0, skipped: int = 0) -> str:
    counts = f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    return f"<testsuites><testsuite {counts}/></testsuites>"


def test_pytest_counts_are_added_up() -> None:
    result = parsing.pytest_result(suite(5, failures=1, errors=1, skipped=1), suite(3))
    assert (result.passed, result.failed) == (5, 2)
    assert result.note == "5 passed, 2 failed, 1 skipped"


def test_pytest_without_tests_has_failed() -> None:
    assert parsing.pytest_result().failed == 1
    assert parsing.pytest_result(suite(0)).failed == 1
    assert parsing.pytest_result(suite(2, skipped=2)).failed == 1


def test_sanity_counts() -> None:
    result = parsing.sanity_result(SANITY)
    assert (result.passed, result.failed) == (3, 0)
    result = parsing.sanity_result(SANITY + SANITY_FAILED)
    assert (result.passed, result.failed) == (2, 1)
    assert result.note.endswith("; pylint")


def test_a_sanity_test_without_its_tool_has_failed() -> None:
    for line in (
        'WARNING: Required program "shellcheck" not found.',
        'WARNING: Skipping sanity test "import" on Python 3.13 due to missing virtual environment support.',
    ):
        result = parsing.sanity_result(f"{SANITY}{line}\n")
        assert (result.passed, result.failed) == (2, 1)


def test_a_python_that_is_not_here_is_noted() -> None:
    line = 'WARNING: Skipping sanity test "import" on Python 3.14 because it could not be found.\n'
    log = f"{SANITY}{line}WARNING: Reviewing previous 1 warning(s):\n{line}"
    result = parsing.sanity_result(log, absent=["3.14"])
    assert (result.passed, result.failed) == (3, 0)
    assert result.note.endswith("to look at, Python 3.14 not found here")
    # One that should be here is missed.
    for absent in ([], ["3.13"]):
        assert parsing.sanity_result(log, absent).failed == 1


def test_sanity_without_tests_has_failed() -> None:
    assert parsing.sanity_result("WARNING: All targets skipped.\n").failed == 1
