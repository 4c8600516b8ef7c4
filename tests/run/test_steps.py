# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the checks that the runner makes itself."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.run.__main__ import _refusal
from tests.run.report import Report
from tests.run.steps import Steps, together
from tests.run.workspace import Workspace


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    return Steps(Workspace(tmp_path, tmp_path / "build"), Report())


@pytest.mark.parametrize(
    ("test", "target", "names", "words"),
    [
        (None, None, ["units", "lint"], None),
        ("tests/run", None, ["units"], None),
        (None, "adhoc", ["integration", "leaks"], None),
        ("tests/run", None, ["units", "lint"], "TEST"),
        (None, "tests/run", ["units"], "TARGET"),
    ],
)
def test_a_choice_that_a_step_cannot_make_is_refused(
    test: str | None, target: str | None, names: list[str], words: str | None
) -> None:
    refusal = _refusal(test, target, names)
    assert (words in refusal) if words and refusal else (refusal is None and words is None)


def test_what_the_tests_need_is_missed_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is needed" in str(_refusal(None, None, ["units"]))
    monkeypatch.setattr("tests.run.__main__.ROOT", tmp_path)
    assert "built collection" in str(_refusal(None, None, ["units"]))


def test_sanity_ignore_files_are_refused(steps: Steps) -> None:
    assert steps.no_ignore_file().failed == 0
    ignore = steps.workspace.root / "tests" / "sanity" / "ignore-2.19.txt"
    ignore.parent.mkdir(parents=True)
    ignore.touch()
    assert steps.no_ignore_file().failed == 1


def test_each_directory_with_aliases_is_an_integration_target(steps: Steps) -> None:
    for name in ("tenant_state_list", "access_token", "setup_simulator"):
        directory = steps.workspace.root / "tests" / "integration" / "targets" / name
        directory.mkdir(parents=True)
        if name != "setup_simulator":
            (directory / "aliases").touch()
    assert steps.targets() == ["access_token", "tenant_state_list"]


def test_of_steps_at_the_same_time_none_is_lost() -> None:
    barrier, ended = threading.Barrier(2), []

    def fail() -> None:
        barrier.wait(10)
        raise OSError("no such file")

    def succeed() -> None:
        barrier.wait(10)
        ended.append("one")

    with pytest.raises(OSError, match="no such file"):
        together(fail, succeed)
    assert ended == ["one"]
