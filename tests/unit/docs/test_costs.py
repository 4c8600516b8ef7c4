# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on costs says how many requests a task sends."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.acronis.tests.simulator import seed
from ansible_collections.community.acronis.tests.unit.costs import PROTECTED, WRITES
from ansible_collections.community.acronis.tests.unit.world import World

PAGE = Path(__file__).resolve().parents[3] / "docs" / "docsite" / "rst" / "costs.rst"


@dataclass(frozen=True)
class Case:
    """A row of the table: the desired state, what each tenant has, and how the task names the tenants."""

    state: str
    users: int = 0
    units: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    by_name: bool = False
    again: bool = False


CASES = {
    "Suspend or reactivate": Case("disabled"),
    "Suspend, with protected_tenants": Case("disabled", options={"protected_tenants": [PROTECTED]}),
    "Suspend or reactivate, with impact": Case("disabled", options={"impact": True}),
    "Suspend or reactivate tenants with a user each, with impact": Case("disabled", users=1, options={"impact": True}),
    "Suspend by name": Case("disabled", by_name=True),
    "Suspend again": Case("disabled", again=True),
    "Terminate": Case("absent"),
    "Terminate, with protected_tenants": Case("absent", options={"protected_tenants": [PROTECTED]}),
    "Terminate, with impact": Case("absent", options={"impact": True}),
    "Terminate tenants with a user each": Case("absent", users=1),
    "Terminate tenants with two units each, with delete_descendants": Case(
        "absent", units=2, options={"delete_descendants": True}
    ),
}


def rows() -> dict[str, tuple[int, int, int]]:
    """Return the numbers of the table on changes by its first column, without markup."""
    section = PAGE.read_text().partition("\nChanges\n")[2].partition("\nNames\n")[0]
    table = re.findall(r"^   \* - (.+)\n     - (\d+)\n     - (\d+)\n     - (\d+)$", section, re.MULTILINE)
    return {title.replace("`", ""): (int(one), int(many), int(writes)) for title, one, many, writes in table}


def sent(case: Case, count: int) -> tuple[int, int]:
    """Return how many requests a task for so many tenants sends, and how many of them are writes."""
    tree = seed.wide(count, case.users, case.units)
    tree["children"][0]["children"].append({"name": PROTECTED, "kind": "customer"})
    world = World.of(tree)
    names = [f"Customer {number:05}" for number in range(1, count + 1)]
    tenants = names if case.by_name else [world.id(name) for name in names]
    if case.again:
        world.run(case.state, tenants=tenants)
        world.app.log.clear()
    report = world.run(case.state, tenants=tenants, **case.options)
    assert report.failure is None, report.failure
    return len(world.app.log), sum(entry["method"] in WRITES for entry in world.app.log)


def test_each_row_is_known() -> None:
    assert rows().keys() == CASES.keys()


@pytest.mark.parametrize("title", CASES)
def test_changes(title: str) -> None:
    one, many, writes = rows()[title]
    assert (sent(CASES[title], 1)[0], *sent(CASES[title], 100)) == (one, many, writes)
