# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task whose platform stops answering, or refuses everything, ends as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.community.acronis.tests.unit.trees import CUSTOMER, tree
from ansible_collections.community.acronis.tests.unit.world import World

BUDGET = 120
TENANTS = 48


@pytest.mark.parametrize("state", ["disabled", "absent"])
@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        ({"method": "PUT", "status": 429}, BUDGET),
        ({"method": "PUT", "status": 503}, BUDGET),
        ({"method": "PUT", "drop": "before"}, BUDGET),
        ({"method": "PUT", "status": 504, "delay": 29}, BUDGET + 90),
        ({"status": 503}, BUDGET),
        ({"delay": 30}, BUDGET + 90),
        ({"path": "^/tenants", "status": 429, "headers": {"Retry-After": "7"}}, BUDGET),
        ({"path": "^/tenants", "drop": "before"}, BUDGET),
    ],
    ids=str,
)
def test_a_task_ends_with_the_first_exhausted_budget(state: str, fault: dict[str, Any], seconds: float) -> None:
    """One worker, since workers share the simulated time."""
    world = World.of(f"wide:{TENANTS}")
    world.app.faults.add(**fault, times=-1)
    started = world.app.platform.clock.now()
    ids = world.customers()
    report = world.run(state, tenants=ids, continue_on_error=True, concurrency=1)
    assert report.failure is not None and all(target.error is not None for target in report.targets)
    assert world.app.platform.clock.now() - started <= seconds + 1
    assert len(world.app.log) < 60
    assert {world.truth(one) for one in ids} == {"enabled"}
    if fault.get("method") == "PUT":
        told = [target.error.message for target in report.targets[2:] if target.error]
        assert all("stopped answering" in text or "refuses all requests" in text for text in told)


@pytest.mark.parametrize("fault", [{"status": 503}, {"delay": 30}], ids=str)
def test_a_platform_that_stops_while_the_plan_is_made(fault: dict[str, Any]) -> None:
    """Each of these tenants needs a look of its own."""
    world = World.of(tree(*((f"P{number}", (f"P{number}C", CUSTOMER)) for number in range(TENANTS))))
    world.app.faults.add(path="^/tenants", query="parent_id|subtree_root_id", **fault, times=-1)
    started = world.app.platform.clock.now()
    ids = [world.id(f"P{number}") for number in range(TENANTS)]
    report = world.run("absent", tenants=ids, continue_on_error=True, concurrency=1)
    assert all(target.error is not None for target in report.targets) and not world.writes()
    assert world.app.platform.clock.now() - started <= BUDGET + 90 + 1
    assert len(world.app.log) < 40


def test_no_write_is_begun_when_nothing_can_be_read_any_more() -> None:
    """Otherwise each tenant would be disabled, and none deleted."""
    world = World.of(tree(*((f"P{number}", (f"P{number}C", CUSTOMER)) for number in range(TENANTS))))
    # The plan is made with a batch, the client and a listing. The looks after the suspensions fail.
    world.app.faults.add(method="GET", path="^/tenants", skip=2, status=503, times=-1)
    ids = [world.id(f"P{number}") for number in range(TENANTS)]
    report = world.run("absent", tenants=ids, delete_descendants=True, continue_on_error=True, concurrency=1)
    assert report.failure is not None and not report.trace
    assert len(world.writes()) <= 3
    assert report.as_result(False)["summary"]["failed"] == TENANTS


def test_writes_that_take_effect_without_an_answer_are_no_sign_of_trouble() -> None:
    world = World.of(f"wide:{TENANTS}")
    world.app.faults.add(method="PUT", delay=30, times=-1)
    ids = world.customers()
    report = world.run("disabled", tenants=ids, continue_on_error=True, concurrency=1)
    assert report.failure is None and {world.truth(one) for one in ids} == {"disabled"}


def test_what_answers_again_within_the_budget_is_served() -> None:
    world = World.of(f"wide:{TENANTS}")
    world.app.faults.add(method="PUT", status=429, headers={"Retry-After": "10"}, times=5)
    ids = world.customers()
    report = world.run("disabled", tenants=ids, continue_on_error=True, concurrency=1)
    assert report.failure is None and {world.truth(one) for one in ids} == {"disabled"}
