# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the checks that the runner makes itself."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.run.report import Report
from tests.run.steps import Steps, together
from tests.run.workspace import Workspace


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    modules = tmp_path / "plugins" / "modules"
    modules.mkdir(parents=True)
    for name in ("tenant_state", "tenant_info", "_private"):
        (modules / f"{name}.py").touch()
    (tmp_path / "meta").mkdir()
    return Steps(Workspace(tmp_path, tmp_path / "build"), Report())


@pytest.mark.parametrize(
    ("group", "failed"),
    [
        ("[tenant_info, tenant_state]", 0),
        ("[tenant_state]", 1),
        ("[tenant_info, tenant_state, tenant_gone]", 1),
    ],
)
def test_action_group_names_every_module(steps: Steps, group: str, failed: int) -> None:
    (steps.workspace.root / "meta" / "runtime.yml").write_text(f"action_groups: {{all: {group}}}\n")
    assert steps.action_group().failed == failed


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
