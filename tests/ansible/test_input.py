# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Those tables of cases.py through the real ansible-playbook that depend on what it does to input."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.community.acronis.tests.ansible import cases
from ansible_collections.community.acronis.tests.ansible.cases import Answer, ByTemplates
from ansible_collections.community.acronis.tests.ansible.play import NEW_TEMPLATES, Outcome, Stage, Task

# What tasks before have returned.
PRELUDE = """\
- ansible.builtin.debug: {var: not_there}
  register: shown
- ansible.builtin.command: {cmd: echo Fabrikam}
  register: from_command
"""


@dataclass(frozen=True)
class Case:
    """A task, what it answers, and in which run of ansible-playbook."""

    run: str
    task: Task
    answer: Answer


def all_cases() -> dict[str, Case]:
    """Return the cases by what is written in them."""
    found: dict[str, Case] = {}

    def add(run: str, table: str, rows: cases.Table, keywords: str = "") -> None:
        for number, (options, answer) in enumerate(rows.items()):
            picked = answer.pick(run == "native") if isinstance(answer, ByTemplates) else answer
            task = Task(f"{table} {number}", options, keywords=keywords)
            found[f"{run}: {table}: {options}"] = Case(run, task, picked)

    add("plain", "YAML", cases.YAML)
    for run in ["templates"] if NEW_TEMPLATES else ["templates", "native"]:
        add(run, "templates", cases.TEMPLATES)
    add("templates", "variables", cases.VARIABLES_FROM_OUTSIDE)
    add("templates", "connection", cases.OMITTED)
    empty = "".join(f"\n  {name}: ''" for name in cases.EMPTY_NAMES)
    add("templates", "empty environment", cases.EMPTY_ENVIRONMENT, keywords=f"environment:{empty}")
    for number, (value, answer) in enumerate(cases.PROTECTED_BY_ENVIRONMENT.items()):
        keywords = f"environment: {{ACRONIS_PROTECTED_TENANTS: {json.dumps(value)}}}"
        options = "tenant: Smith, Jones & Co\nstate: disabled"
        task = Task(f"environment {number}", options, keywords=keywords)
        found[f"templates: environment: {value}"] = Case("templates", task, answer)
    what = "a message of control characters and templates"
    order, answer = cases.UNTRUE_ANSWERS[what]
    found[f"templates: platform: {what}"] = Case("templates", Task(what, "tenant: Fabrikam", orders=[order]), answer)
    return found


CASES = all_cases()


def play(run: str, tasks: Sequence[Task], directory: Path) -> dict[str, Outcome]:
    """Run the tasks and return their outcomes by name."""
    for file, content in cases.FILES.items():
        (directory / file).write_bytes(content.encode())
    settings = {"ANSIBLE_JINJA2_NATIVE": "true"} if run == "native" else {}
    arguments = ("-i", "hosts.ini", "-i", "hosts.yml", *cases.EXTRA_VARS)
    stage = Stage(directory, cases.tree())
    return stage.play(run, tasks, *arguments, prelude=PRELUDE, values=cases.VALUES, **settings)


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Outcome]]:
    """The outcomes of the cases that were selected, by run and name. Two runs at a time."""
    selected = [item.callspec.params["case"] for item in request.session.items if item.originalname == "test_input"]
    tasks: dict[str, list[Task]] = {}
    for case in selected:
        tasks.setdefault(CASES[case].run, []).append(CASES[case].task)
    with ThreadPoolExecutor(2) as pool:
        runs = {name: pool.submit(play, name, some, tmp_path_factory.mktemp(name)) for name, some in tasks.items()}
        return {name: run.result() for name, run in runs.items()}


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_input(played: dict[str, dict[str, Outcome]], case: str) -> None:
    cases.check(played[CASES[case].run][CASES[case].task.name], CASES[case].answer)
