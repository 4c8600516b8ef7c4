# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users copy from the README works against the simulator, which starts as its own README says."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator

import pytest
import requests

from ansible_collections.community.acronis.tests.package.conftest import ROOT, Shell
from ansible_collections.community.acronis.tests.simulator import Simulator

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """The blocks of code in this language in the README."""
    return [text for found, text in BLOCK.findall((ROOT / "README.md").read_text()) if found == language]


def groups() -> list[list[str]]:
    """The commands of Ansible in each block of the README, each in one line."""
    found = []
    for block in blocks("console"):
        asked = [line[2:] for line in block.replace("\\\n", " ").splitlines() if line.startswith("$ ")]
        found.append([line for line in asked if re.match(r"ansible(-playbook|-inventory|-doc)? ", line)])
    return [group for group in found if group]


def commands() -> list[str]:
    """All of them."""
    return [command for group in groups() for command in group]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator("examples") as started:
        yield started


@pytest.fixture
def workplace(shell: Shell, simulator: Simulator) -> Shell:
    """A shell with the collection, the credentials, and the files that the README shows."""
    place = shell.collections / "ansible_collections" / "community"
    place.mkdir(parents=True)
    (place / "acronis").symlink_to(ROOT)
    for text in blocks("yaml"):
        name = re.match(r"# ([\w.]+\.yml)\n", text)
        if name:
            (shell.directory / name[1]).write_text(text)
    requests.post(f"{simulator.url}/_simulator/reset", json={}, timeout=10).raise_for_status()
    shell.use(simulator)
    return shell


# The platform of this one is another: tests/process has it.
ELSEWHERE = "community.acronis.awx_setup"


@pytest.mark.parametrize("group", [group for group in groups() if ELSEWHERE not in group[0]], ids=" and ".join)
def test_commands_work_as_they_are(workplace: Shell, group: list[str]) -> None:
    for command in group:
        done = workplace.run("bash", "-c", command)
        if "terminate" in command and "acronis_expected_name" not in command:
            # It asks at a terminal, and here is none.
            assert done.returncode == 2, done.stdout
            assert "acronis_expected_name" in done.stdout
        else:
            assert done.returncode == 0, done.stdout
            assert "failed=0" in done.stdout or "ansible-playbook" not in command


def test_there_are_commands() -> None:
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    assert playbooks == {name for name in playbooks if any(f"community.acronis.{name}" in one for one in commands())}


def test_the_simulator_starts_as_its_readme_says(workplace: Shell) -> None:
    page = (ROOT / "tests" / "simulator" / "README.md").read_text()
    start, env, stop = re.findall(r"^    (.* -m tests\.simulator .*)$", page, re.MULTILINE)
    # What a clone has after `make setup`.
    (workplace.directory / "build").mkdir()
    (workplace.directory / "build" / "venv").symlink_to(sys.prefix)
    (workplace.directory / "tests").symlink_to(ROOT / "tests")
    suspend = next(line for line in commands() if "--check" not in line)
    output = workplace.must("bash", "-c", f"{start} && trap {shlex.quote(stop)} EXIT && {env} && {suspend}")
    assert "changed=1" in output
    assert not list((workplace.directory / "build").glob("*.json"))
