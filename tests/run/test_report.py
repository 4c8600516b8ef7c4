# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the counting and of what counts as a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run.report import Report, Result


def test_totals_stand_alone_on_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.add("one", Result(3), 1.0)
    report.add("two", Result(2, 1), None)
    assert report.close() == 1
    assert capsys.readouterr().out.splitlines()[-1] == "5 passed, 1 failed"


def test_success() -> None:
    report = Report()
    report.add("one", Result(3), 1.0)
    assert report.close() == 0


def test_a_run_of_no_test_has_failed() -> None:
    assert Report().close() == 1


def test_an_exception_in_a_step_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.add("one", Result(1), 1.0)
    with report.step("two"):
        raise ValueError("broken")
    assert report.close() == 1
    assert "ValueError: broken" in capsys.readouterr().out


def test_errors_in_a_log_are_shown_before_other_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "some.log"
    log.write_text("chatter\nERROR: the reason\nmore chatter\n")
    Report().add("one", Result(0, 1, log=log), 1.0)
    shown = capsys.readouterr().out
    assert "ERROR: the reason" in shown
    assert "chatter" not in shown


def test_a_failed_task_is_shown_with_its_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "some.log"
    log.write_text(
        'fatal: [testhost]: FAILED! => {\n    "msg": "expected"\n}\n...ignoring\n'
        'chatter\nfatal: [testhost]: FAILED! => {\n    "msg": "the reason"\n}\nmore chatter\n'
    )
    Report().add("one", Result(0, 1, log=log), 1.0)
    shown = capsys.readouterr().out
    assert "the reason" in shown
    assert "expected" not in shown
    assert "chatter" not in shown


def test_the_end_of_a_log_without_errors_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "some.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    Report().add("one", Result(0, 1, log=log), 1.0)
    shown = capsys.readouterr().out
    assert "line 99" in shown
    assert "line 9\n" not in shown
