# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""With how many requests tenants are terminated. The benchmark shows the same numbers."""

from __future__ import annotations

from collections import Counter

import pytest

from ansible_collections.community.acronis.tests.unit.costs import WRITES, Termination, kind, terminations
from ansible_collections.community.acronis.tests.unit.world import World


@pytest.mark.parametrize("count", [7, 100])
@pytest.mark.parametrize("case", list(terminations()), ids=lambda case: case.name)
def test_terminations(case: Termination, count: int) -> None:
    found = case.measure(count)
    assert {method: found[method] for method in WRITES} == dict.fromkeys(WRITES, count)
    assert (found["token"], found["by id"]) == (1, 0)
    # Units may have been made, or moved there, until the tenant was suspended. Personal tenants come with the users.
    assert found["looks"] == (count if case.units else 0)
    others = found.total() - found["looks"]
    # Besides: which tenant is the client's own, and the tenants that are named as they are now.
    assert others <= case.least(count) + 2
    assert others - 2 * count <= (60 if "impact" in case.options else 50 if "protected_tenants" in case.options else 40)


def test_impact_of_many_suspensions() -> None:
    """Users are counted in one listing, whether there are sub-tenants or not."""
    world = World.of("wide:100")
    ids = [world.id(f"Customer {number:05}") for number in range(1, 101)]
    report = world.run("disabled", tenants=ids, impact=True, protected_tenants=["Northwind MSP"])
    assert report.failure is None
    found = Counter(kind(entry, world.id("northwind")) for entry in world.app.log)
    once = dict.fromkeys(("token", "client", "batches", "pages", "users", "clients", "usages"), 1)
    assert found == {**once, "PUT": 100}
