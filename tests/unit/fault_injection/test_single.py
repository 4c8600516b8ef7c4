# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proof by enumeration: whatever goes wrong with whichever request, what is reported is what happened.

For each wanted state, each starting state, each request of the run and each fault, the real code runs against the
simulator's state machine, and the invariants in `Case.check` must hold. Time is the simulator's, so nothing waits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from ansible_collections.community.acronis.plugins.module_utils._errors import NotFoundError, RefusedError
from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.tests.simulator import SimulatorApp, make_app, seed
from ansible_collections.community.acronis.tests.simulator.faults import Change
from ansible_collections.community.acronis.tests.simulator.platform import Platform, Tenant
from ansible_collections.community.acronis.tests.unit.oracle import TRUTH, UNKNOWN_OUTCOME, check, only
from ansible_collections.community.acronis.tests.unit.trees import CUSTOMER, in_state, tree
from ansible_collections.community.acronis.tests.unit.world import World, peek

RETRY_TIMEOUT = 60
TIMEOUT = 10
NAME = "Target"

# Fields of the target, and what is below it.
STARTS: dict[str, tuple[Any, ...]] = {
    "enabled": (in_state("enabled"),),
    "disabled": (in_state("disabled"),),
    "deleted": (in_state("deleted"),),
    "with sub-tenants": (("Unit", {"kind": "unit"}),),
    "with users": ({"users": ["ada@target.example"]},),
    "locked": ({"locked_by": "northwind"},),
}

WISHES: dict[str, dict[str, Any]] = {
    "enabled": {"state": "enabled"},
    "disabled": {"state": "disabled"},
    "absent": {"state": "absent"},
    "absent, by a version": {"state": "absent", "expected_version": 7},
    "absent, under a name": {"state": "absent", "expected_name": NAME},
    "absent, with all below": {"state": "absent", "delete_descendants": True, "protected_tenants": ["Hospital"]},
    "absent, with a guard of nothing": {
        "state": "absent",
        "delete_descendants": True,
        "protected_tenants": ["Clinic"],
        "unmatched_protection": "warn",
    },
    "absent, as reviewed": {"state": "absent", "delete_descendants": True, "as_reviewed": True},
    "disabled, by name": {"state": "disabled", "tenant": NAME},
    "enabled, restored": {"state": "enabled", "restore_deleted": True},
}

CHANGES: tuple[dict[str, Any], ...] = (
    {"set": {"enabled": False}},
    {"set": {"enabled": True}},
    {"set": {"name": "Renamed"}},
    {"set": {"update_lock": {"enabled": True, "owner_id": "11111111-1111-4111-8111-111111111111"}}},
    {"delete": True},
    {"restore": True},
    {"bump": True},
    {"child": True},
)
CODES: tuple[int | str | None, ...] = (
    None,
    1000,
    1001,
    "1001",
    1002,
    1003,
    1005,
    1006,
    1011,
    1012,
    "ParameterMalformed",
)
STATUSES = (400, 401, 403, 404, 405, 409, 410, 412, 415, 418, 426, 429, 500, 501, 502, 503, 504)
SHAPES = ("string", "minimal", "flat", "html", "plain", "empty")
BODIES = ("", "null", "[]", "{}", '{"items": []}', '{"items": [{}]}', "<html>", '{"id": 7}', "\udcff", "{" * 9999)


def main_faults() -> Iterator[dict[str, Any]]:
    """Yield one of each kind of what can go wrong with a request."""
    yield from ({"status": status} for status in (400, 401, 403, 404, 429, 500, 503))
    yield from ({"status": 409, "code": code} for code in (1001, "1001", 1011, 1012))
    yield {"status": 502, "shape": "html"}
    yield {"status": 404, "shape": "empty"}
    yield {"status": 302, "headers": {"Location": "https://login.example/"}}
    yield {"body": "<html>"}
    yield from ({"drop": moment} for moment in ("before", "after"))
    yield {"delay": TIMEOUT + 1}
    yield {"revoke_tokens": True}
    # An answer of 200 to a write that shows the tenant as it was.
    yield {"method": "PUT", "unmoved": True}
    # From this request on nothing works any more.
    # The 404 is a gateway's that has lost its way.
    yield from ({"status": status, "times": -1} for status in (401, 404, 429, 503))
    yield {"drop": "before", "times": -1}
    yield {"delay": TIMEOUT + 1, "times": -1}
    yield from ({"change": change} for change in CHANGES)


def all_faults() -> Iterator[dict[str, Any]]:
    """Yield whatever can go wrong with a request."""
    yield from main_faults()
    for status in STATUSES:
        yield from ({"status": status, "code": code} for code in CODES)
        yield from ({"status": status, "shape": shape} for shape in SHAPES)
    for header in ("3", "0", "100000", "Tue, 14 Nov 2023 22:13:50 GMT", "soon", "-5"):
        yield from ({"status": status, "headers": {"Retry-After": header}} for status in (429, 503))
    for body in BODIES:
        yield from ({"body": body, "status": status} for status in (200, 202, 206))
    yield {"delay": TIMEOUT - 1}
    for change in CHANGES:
        yield {"after_change": change}
        if not change.keys() & {"delete", "restore"} and "enabled" not in change.get("set", {}):
            # A write that is lost while another writer is about. When that one brings about the very state that the
            # lost write asked for, nobody can tell whose write it was, so such pairs are left out.
            yield {"change": change, "drop": "after"}
            yield {"after_change": change, "drop": "after"}
            yield {"after_change": change, "status": 503}


@dataclass
class Watch:
    """What passes between the client and the platform, seen from outside of both."""

    app: SimulatorApp
    target: str
    versions: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)
    deletions: list[tuple[bool, str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        platform = self.app.platform
        delete = platform._delete

        def spy(tenant: Tenant) -> None:
            below = [one.name for one in tenant.subtree() if one is not tenant and one.owner_id is None]
            if tenant.id == self.target and self.app.log and self.app.log[-1]["method"] == "DELETE":
                self.deletions.append((tenant.enabled, tenant.name, below))
            delete(tenant)

        platform._delete = spy  # type: ignore[method-assign]

    def answer(self, response: requests.Response, *_args: Any, **_options: Any) -> None:
        """Note the versions of the target that the client was shown."""
        assert len(self.app.log) < 200, "this never ends"
        request = response.request
        assert request.url is not None
        try:
            document = json.loads(peek(response))
        except (ValueError, RecursionError):
            return
        found = document.get("items", [document]) if isinstance(document, dict) else []
        for item in found if isinstance(found, list) else []:
            if isinstance(item, dict) and item.get("id") == self.target and isinstance(item.get("version"), int):
                self.versions.add(item["version"])
                if request.method == "PUT":
                    self.answered.add(item["version"])


@dataclass
class Case:
    """One run with one fault."""

    app: SimulatorApp
    desired: dict[str, Any]
    reruns: int = 0
    others: bool = False
    others_go_on: bool = False
    watch: Watch = field(init=False)
    world: World = field(init=False)
    plan: list[dict[str, Any]] | None = None

    def __post_init__(self) -> None:
        self.world = World(self.app)
        self.world.longest = RETRY_TIMEOUT * 10
        self.target = self.app.platform.well_known["target"]
        self.reviewed = {one.name for one in self.app.platform.tenants[self.target].subtree()}
        self.watch = Watch(self.app, self.target)
        self.world.equip = lambda session: session.hooks["response"].append(self.watch.answer)

    def meet(self, fault: dict[str, Any], position: int) -> None:
        """Have the fault happen to the request at this position, the first being 0."""
        moments = [moment for moment in ("change", "after_change") if moment in fault]
        changes = {moment: {**fault[moment], "tenant_id": self.target} for moment in moments}
        births = [moment for moment in moments if changes[moment].pop("child", False)]
        values = {**fault, **changes}
        if values.pop("unmoved", False):
            tenant = self.app.platform.tenants[self.target]
            shown = {key: getattr(tenant, key) for key in ("id", "version", "name", "kind", "enabled")}
            values["body"] = json.dumps({**shown, "parent_id": self.app.platform.well_known["northwind"]})
            position = 0
        rule = self.app.faults.add(skip=position, **values)
        for moment in births:
            self._add_child_at(getattr(rule, moment))
        # What others do after the last answer is not known here.
        self.others, self.others_go_on = bool(moments), "after_change" in fault

    def _add_child_at(self, change: Change) -> None:
        """Have the other administrator make a sub-tenant too."""
        platform, make = self.app.platform, change.make

        def make_with_child(where: Platform, tenant_id: str | None) -> None:
            platform.add_tenant(platform.tenants[self.target], "Late Unit", "unit")
            make(where, tenant_id)

        change.make = make_with_child  # type: ignore[method-assign]

    def again(self) -> None:
        """Forget what was sent so far."""
        self.reruns += 1
        self.others = self.others_go_on = False
        self.app.log.clear()
        self.world.slept.clear()

    def run(self, check_mode: bool = False) -> Report:
        options: dict[str, Any] = {"retry_timeout": RETRY_TIMEOUT, "timeout": TIMEOUT}
        if check_mode or self.reruns:
            # These need no token of their own to show what they are for.
            options["access_token"] = self.app.platform.issue_token(seed.CLIENT_ID, seed.CLIENT_SECRET).value
        selector = {"tenant": self.target} if self.plan is None else {"plan": self.plan, "return_unchanged": True}
        request = self.world.request(**{**selector, **self.desired})
        return self.world.carry_out(self.world.api(**options), request, check_mode)

    @property
    def truth(self) -> str:
        """The target's state on the platform."""
        return self.world.truth(self.target)

    def state(self) -> tuple[Any, ...]:
        """All that the next run and its check depend on, and that a fault or an earlier run can have changed."""
        platform = self.app.platform
        deletions: list[Any] = [None]
        for item in (*platform.tenants.values(), *platform.users.values()):
            if item.deletion not in deletions:
                deletions.append(item.deletion)
        tenants = tuple(
            (one.id, one.name, one.version, one.enabled, one.lock_owner_id, deletions.index(one.deletion))
            for one in platform.tenants.values()
        )
        working = tuple(platform.operation_status(one) for one in platform.tenants.values())
        users = tuple(deletions.index(user.deletion) for user in platform.users.values())
        return tenants, working, users, frozenset(self.watch.versions), frozenset(self.watch.answered)

    def check(self, report: Report) -> None:
        """The invariants."""
        check(self.world, report, others=self.others, later=self.others_go_on)
        # A single answer that there is no such tenant, whoever gives it, is not believed.
        if report.failure is None and not self.others_go_on:
            assert self.truth == TRUTH[self.desired["state"]], "success is what the platform shows"
        if report.failure is not None and UNKNOWN_OUTCOME in report.failure:
            assert only(report)["after"]["state"] in (None, self.truth)
        if report.failure is not None:
            assert self.target in report.failure or NAME in report.failure
        for write in self.world.writes():
            # A restoration takes no version.
            shown = write[0] == "POST" or int(write[2]) in self.watch.versions
            assert shown, "no write with a version that was not shown"
        if self.desired.get("expected_version") is not None and self.world.writes():
            known = {self.desired["expected_version"], *self.watch.answered}
            assert {int(write[2]) for write in self.world.writes()} <= known, "no write past the version expected"
        for enabled, name, below in self.watch.deletions:
            assert not enabled
            assert self.desired.get("expected_name", name) == name
            assert self.desired.get("delete_descendants") or not below
            assert self.plan is None or set(below) <= self.reviewed, "no more is deleted than what was reviewed"
        # Each request has a budget of its own: at the most a write, and the look at what became of it.
        assert sum(self.world.slept) <= RETRY_TIMEOUT * 2, "the run ends within its budget"
        assert len(self.app.log) < 100


class Bench:
    """Makes the same small platform again and again, cheaply, for one wish."""

    def __init__(self, start: tuple[Any, ...], desired: dict[str, Any]) -> None:
        target = ("target", {"name": NAME, "version": 7}, CUSTOMER, *start)
        self.document = tree(target, ("Hospital", CUSTOMER))
        self.app = make_app(self.document)
        self.desired = {key: value for key, value in desired.items() if key != "as_reviewed"}
        self.plan: list[dict[str, Any]] | None = None
        if "as_reviewed" in desired:
            case = self.case()
            planned = case.world.run(check_mode=True, tenant=case.target, impact=True, **self.desired)
            self.plan = planned.as_result(diff=False)["tenants"]
        # The states of the platform from which a run without a fault is known to keep to the invariants. Most faults
        # leave one of the same few, and a run knows nothing of the run before it.
        self.proven: set[tuple[Any, ...]] = set()

    def case(self) -> Case:
        self.app.reset(self.document)
        self.app.platform.clock.freeze()
        vars(self.app.platform).pop("_delete", None)
        return Case(self.app, self.desired, plan=self.plan)


@pytest.mark.parametrize("desired", WISHES, ids=str)
@pytest.mark.parametrize("start", STARTS, ids=str)
def test_every_kind_of_fault(start: str, desired: str, record_property: Any) -> None:
    record_property("cases", enumerate_cases(start, desired, list(main_faults())))


@pytest.mark.parametrize(
    ("start", "desired"), [("enabled", "absent"), ("disabled", "enabled"), ("deleted", "enabled, restored")]
)
@pytest.mark.parametrize("part", range(4))
def test_every_fault(start: str, desired: str, part: int, record_property: Any) -> None:
    record_property("cases", enumerate_cases(start, desired, list(all_faults())[part::4]))


def enumerate_cases(start: str, desired: str, faults: Sequence[dict[str, Any]]) -> int:
    """Run each fault at each request, and at the one that would come after the last; return the number of cases."""
    bench = Bench(STARTS[start], WISHES[desired])
    plain = bench.case()
    plain.check(plain.run())
    length = len(plain.app.log)
    looked = bench.case()
    looked.run(check_mode=True)
    reads = len(looked.app.log)
    cases = 0
    for position in range(length + 1):
        for fault in faults:
            if position and "unmoved" in fault:
                # It happens to the write, wherever that is.
                continue
            cases += 1
            try:
                if position < reads:
                    check_mode_case(bench, position, fault)
                real_case(bench, position, fault)
            except AssertionError as error:
                raise AssertionError(
                    f"{desired!r} from {start!r}, request {position}, fault {fault}: {error}"
                ) from error
    return cases


def check_mode_case(bench: Bench, position: int, fault: dict[str, Any]) -> None:
    case = bench.case()
    case.meet(fault, position)
    case.run(check_mode=True)
    assert case.world.writes() == [], "nothing is written in check mode"


def real_case(bench: Bench, position: int, fault: dict[str, Any]) -> None:
    case = bench.case()
    case.meet(fault, position)
    report = case.run()
    case.check(report)

    # The fault has passed: a rerun gets there, unless a guard or a deletion stands against it, and then it stays there.
    case.app.faults.rules.clear()
    state = case.state()
    if state in bench.proven:
        return
    case.again()
    last = case.run()
    case.check(last)
    if case.world.writes():
        case.again()
        last = case.run()
    assert case.world.writes() == [] and not last.as_result(diff=False)["changed"], "a run after success is unchanged"
    if last.failure is not None:
        (error,) = (target.error for target in last.targets)
        gone = case.truth == "deleted" and bench.desired["state"] != "absent"
        assert gone or isinstance(error, (RefusedError, NotFoundError)), last.failure
    bench.proven.add(state)
