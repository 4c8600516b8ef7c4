# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task costs grows with its tenants, and not faster: counted in lines of code that are run, in requests, and in
what is still held in memory. No clock is looked at.
"""

from __future__ import annotations

import gc
import sys
import types
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests

from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.tests.unit.trees import CUSTOMER, tree
from ansible_collections.community.acronis.tests.unit.world import World

SMALL = 25
TIMES = 4
# So many times the tenants may cost this much more, since not all is needed for few. All for each would be 16 times.
MOST = 1.5 * TIMES


def steps(work: Callable[[], object]) -> Counter[str]:
    """How many lines of the collection's own code the work takes in this thread, by function; each round of a loop
    counts.
    """
    counts: Counter[str] = Counter()

    def trace(frame: types.FrameType, _event: str, _argument: Any) -> Any:
        code = frame.f_code
        if "plugins/module_utils" not in code.co_filename:
            return None
        name = f"{code.co_filename.rpartition('/')[2]}: {code.co_name}"

        def count(_frame: types.FrameType, event: str, _argument: Any) -> Any:
            if event == "line":
                counts[name] += 1
            return count

        return count

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return counts


def leave_out(session: requests.Session) -> None:
    """Have what the platform does not counted, and so done at its usual speed."""
    send = session.send

    def sent(*arguments: Any, **options: Any) -> Any:
        trace = sys.gettrace()
        sys.settrace(None)
        try:
            return send(*arguments, **options)
        finally:
            sys.settrace(trace)

    session.send = sent  # type: ignore[method-assign]


class Estate:
    """So many partners with two customers each, and a tenant beside them that is protected."""

    def __init__(self, count: int) -> None:
        partners = ((f"P{number}", *((f"P{number}{child}", CUSTOMER) for child in "AB")) for number in range(count))
        self.world = World.of(tree(*partners, ("Hospital", CUSTOMER)))
        self.world.equip = leave_out
        self.partners = [self.world.id(f"P{number}") for number in range(count)]
        self.customers = [self.world.id(f"P{number}{child}") for number in range(count) for child in "AB"]
        self.nothing = [f"No such tenant {number}" for number in range(count)]

    def switched_off(self) -> None:
        """Have them all suspended."""
        for one in (*self.partners, *self.customers):
            self.world.app.platform.interfere(one, values={"enabled": False})

    def plan(self) -> list[dict[str, Any]]:
        options: dict[str, Any] = {"tenants": self.partners, "delete_descendants": True, "impact": True}
        found: list[dict[str, Any]] = self.world.run("absent", True, **options).as_result(False)["tenants"]
        self.world.app.log.clear()
        return found


def disabled(estate: Estate) -> dict[str, Any]:
    return {"state": "disabled", "tenants": estate.customers}


def disabled_beside_guards_of_nothing(estate: Estate) -> dict[str, Any]:
    guards = {"protected_tenants": ["Hospital", *estate.nothing], "unmatched_protection": "warn"}
    return {**disabled(estate), **guards}


def refused_for_guards_of_nothing(estate: Estate) -> dict[str, Any]:
    return {**disabled_beside_guards_of_nothing(estate), "unmatched_protection": "fail"}


def families_disabled(estate: Estate) -> dict[str, Any]:
    return {"state": "disabled", "tenants": [*estate.customers, *estate.partners]}


def families_enabled(estate: Estate) -> dict[str, Any]:
    estate.switched_off()
    return {"state": "enabled", "tenants": [*estate.customers, *estate.partners]}


def deleted(estate: Estate) -> dict[str, Any]:
    return {"state": "absent", "tenants": estate.customers}


def partners_deleted(estate: Estate) -> dict[str, Any]:
    return {"state": "absent", "tenants": estate.partners, "delete_descendants": True}


def families_deleted(estate: Estate) -> dict[str, Any]:
    return {**partners_deleted(estate), "tenants": [*estate.customers, *estate.partners]}


def families_deleted_beside_guards(estate: Estate) -> dict[str, Any]:
    return {**disabled_beside_guards_of_nothing(estate), **families_deleted(estate)}


def families_deleted_with_impact(estate: Estate) -> dict[str, Any]:
    return {**families_deleted(estate), "impact": True}


def partners_deleted_as_reviewed(estate: Estate) -> dict[str, Any]:
    return {"state": None, "plan": estate.plan(), "delete_descendants": True}


def names_deleted(estate: Estate) -> dict[str, Any]:
    return {"state": "absent", "tenants": [f"P{number}A" for number in range(len(estate.partners))]}


def names_of_nothing(estate: Estate) -> dict[str, Any]:
    return {"state": "absent", "tenants": estate.nothing}


def entries_that_cannot_be_looked_up(estate: Estate) -> dict[str, Any]:
    estate.world.app.faults.add(query="subtree_root_id", status=403, times=-1)
    return {"state": "absent", "tenants": [*estate.customers, *estate.nothing], "continue_on_error": True}


def every_write_refused(estate: Estate) -> dict[str, Any]:
    estate.world.app.faults.add(method="PUT", status=403, code=1012, times=-1)
    return {**families_deleted(estate), "continue_on_error": True}


TASKS = [
    *(disabled, disabled_beside_guards_of_nothing, refused_for_guards_of_nothing, families_disabled, families_enabled),
    *(deleted, partners_deleted, families_deleted, families_deleted_beside_guards, families_deleted_with_impact),
    *(partners_deleted_as_reviewed, names_deleted, names_of_nothing, entries_that_cannot_be_looked_up),
    every_write_refused,
]


def run_and_report(estate: Estate, reports: list[Report], check_mode: bool, **options: Any) -> None:
    report = estate.world.run(check_mode=check_mode, concurrency=1, return_unchanged=True, **options)
    reports.append(report)
    report.as_result(diff=True)
    assert report.failure is None or report.failure.isprintable()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
@pytest.mark.parametrize("check_mode", [True, False], ids=["check mode", "run"])
def test_what_a_task_costs_grows_with_its_tenants(
    task: Callable[[Estate], dict[str, Any]], check_mode: bool, record_property: Any
) -> None:
    costs: list[Counter[str]] = []
    reads: list[int] = []
    writes: list[int] = []
    told: list[int] = []
    for count in (SMALL, SMALL * TIMES):
        estate = Estate(count)
        options = task(estate)
        reports: list[Report] = []
        costs.append(steps(partial(run_and_report, estate, reports, check_mode, **options)))
        assert reports[0].trace is None
        sent = estate.world.app.log
        writes.append(sum(entry["method"] in ("PUT", "DELETE") for entry in sent))
        # A write that was refused is followed by a look at the tenant.
        refused = sum(entry["method"] != "GET" and entry["status"] >= 400 for entry in sent)
        usages = sum(entry["path"] == "/tenants/usages" for entry in sent)
        # The storage of 100 tenants is asked for at once.
        assert usages <= -(-len(estate.world.app.platform.tenants) // 100)
        reads.append(len(sent) - writes[-1] - refused - usages)
        # One write for each change, and a refused one for each that failed.
        done = sum(len(entry["actions"]) for entry in reports[0].as_result(diff=False)["tenants"])
        assert writes[-1] == (0 if check_mode else done + refused)
        told.append(sum(map(len, reports[0].warnings)) + len(reports[0].failure or ""))
    small, large = costs
    record_property("steps", [sum(one.values()) for one in costs])
    record_property("reads", reads)
    record_property("writes", writes)
    # Whatever takes more than its share, by name.
    steep = {name: (small[name], cost) for name, cost in large.items() if cost > MOST * max(small[name], 60)}
    assert not steep
    assert sum(large.values()) <= MOST * sum(small.values())
    # Pages and batches, and one look at each tenant that is deleted with sub-tenants.
    looks = 0 if check_mode else SMALL * (TIMES - 1)
    assert reads[1] - reads[0] <= 3 + (looks if "partners_deleted" in task.__name__ else 0)
    assert told[1] <= MOST * told[0] + 100


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 403, "code": 1012}, {"drop": "before"}], ids=str)
def test_what_went_wrong_is_not_kept_alive(fault: dict[str, Any]) -> None:
    """An answer that was refused is told by its message; the answer itself, with its connection, is let go."""
    alive = []
    for count in (5, 20):
        estate = Estate(count)
        # Each write goes wrong once.
        for one in estate.customers:
            estate.world.app.faults.add(method="PUT", path=one, **fault)
        report = estate.world.run(concurrency=1, continue_on_error=True, **disabled(estate))
        assert report.trace is None
        assert len(estate.world.slept) == (0 if fault["status" if "status" in fault else "drop"] == 403 else 2 * count)
        gc.collect()
        kinds = (requests.Response, types.TracebackType, types.FrameType)
        alive.append(sum(isinstance(one, kinds) for one in gc.get_objects()))
        del report
    assert alive[1] - alive[0] < 10
