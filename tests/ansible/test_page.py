# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the guide about input do what the page says."""

from __future__ import annotations

import re
import textwrap

import pytest

from ansible_collections.community.acronis.tests.ansible import cases
from ansible_collections.community.acronis.tests.ansible.play import HERE, NEW_TEMPLATES, Outcome, Stage, Task
from ansible_collections.community.acronis.tests.docs.blocks import blocks

PAGE = blocks(HERE.parents[1] / "docs" / "docsite" / "rst" / "guide_input.rst")

# What the page supposes to be there.
VALUES = """\
accounts: [{number: 83}]
first: Fabrikam
second: B, Inc
answer: ''
guarded: [Hospital]
guarded_text: Hospital, Clinic
"""
FILES = {"unpaid.txt": "Fabrikam\r\nB, Inc\r\n", "unpaid.json": '["00123"]'}


def examples() -> list[Task]:
    """Return the tasks on the page, named by their number and what the page says about them."""
    tasks = []
    for block in PAGE:
        for name, module, options in re.findall(
            r"^- name: (.*)\n  community\.acronis\.(\w+):\n((?:    .*\n)+)", block.text, re.MULTILINE
        ):
            tasks.append(Task(f"{len(tasks)}: {name}", textwrap.dedent(options), module))
    return tasks


EXAMPLES = {task.name: task for task in examples()}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    directory = tmp_path_factory.mktemp("page")
    for name, content in FILES.items():
        (directory / name).write_bytes(content.encode())
    return Stage(directory, cases.tree()).play("page", list(EXAMPLES.values()), values=VALUES)


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == sum(block.text.count("- name: ") for block in PAGE)
    assert all(re.search(r": (Refused|Correct)", name) for name in EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(outcomes: dict[str, Outcome], name: str) -> None:
    outcome = outcomes[name]
    if "Correct" in name or ("since ansible-core 2.19" in name and not NEW_TEMPLATES):
        assert outcome.event == "ok" and outcome.writes, outcome.result["msg"]
    else:
        assert outcome.event == "failed" and outcome.requests == []
