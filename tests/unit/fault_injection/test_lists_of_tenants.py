# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proof by enumeration for lists: whatever goes wrong with the requests about one tenant, or with those that all share,
what is reported of every tenant is what happened to it.

The faults are those of `test_single`, aimed at each request about the second of four tenants, at the requests that are
made once for all, and at everything from some request on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils._errors import NotFoundError, RefusedError
from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES
from ansible_collections.community.acronis.tests.simulator import make_app, seed
from ansible_collections.community.acronis.tests.unit.fault_injection.test_single import (
    RETRY_TIMEOUT,
    TIMEOUT,
    Case,
    main_faults,
)
from ansible_collections.community.acronis.tests.unit.oracle import (
    TRUTH,
    UNKNOWN_OUTCOME,
    check,
    results,
    summary,
    writes,
)
from ansible_collections.community.acronis.tests.unit.trees import CUSTOMER, in_state, tree

KEYS = ("first", "target", "third", "fourth")

# How the four start: the first three have work to do, and the last is as wanted.
STARTS: dict[str, tuple[str, str, str, str]] = {
    "enabled": ("disabled", "disabled", "disabled", "enabled"),
    "disabled": ("enabled", "enabled", "enabled", "disabled"),
    "absent": ("disabled", "enabled", "enabled", "deleted"),
}


def document(state: str) -> dict[str, Any]:
    """The client's own tenant and the four."""
    starts = zip(KEYS, STARTS[state], strict=True)
    return tree(*((key, {"name": key.title(), "version": 7}, CUSTOMER, in_state(start)) for key, start in starts))


@dataclass
class ListCase(Case):
    """One run over the list with one fault."""

    go_on: bool = False
    concurrency: int = 1

    def run(self, check_mode: bool = False) -> Report:
        options: dict[str, Any] = {"retry_timeout": RETRY_TIMEOUT, "timeout": TIMEOUT}
        if self.reruns:
            options["access_token"] = self.app.platform.issue_token(seed.CLIENT_ID, seed.CLIENT_SECRET).value
        request = self.world.request(
            self.desired["state"],
            tenants=[self.world.id(key) for key in KEYS],
            concurrency=self.concurrency,
            continue_on_error=self.go_on,
            return_unchanged=True,
        )
        return self.world.carry_out(self.world.api(**options), request, check_mode)

    def as_wanted(self, key: str) -> bool:
        return self.world.truth(self.world.id(key)) == TRUTH[self.desired["state"]]

    def check_list(self, report: Report, begin: dict[str, str], shared: bool) -> None:
        """The invariants. begin: how each tenant was before the run. shared: the fault can meet any request."""
        check(self.world, report, others=self.others)
        assert report.refusal is None
        assert [entry["id"] for entry in results(report)] == [self.world.id(key) for key in KEYS]
        counts = Counter(summary(report))

        failed_before = False
        for key, entry in zip(KEYS, results(report), strict=True):
            self._check_entry(key, entry, begin[key], shared)
            if self.concurrency == 1 and not self.go_on and failed_before:
                untouched = not entry["changed"] and not writes(self.app.log, entry["id"])
                assert untouched, "nothing is begun after a failure"
            failed_before |= entry["status"] == "failed"
        if report.failure is None:
            for key in KEYS:
                assert self.as_wanted(key), "success is what the platform shows"
        else:
            assert f"{counts['failed']} of 4 failed" in report.failure
            (first, *_others) = (entry["id"] for entry in results(report) if entry["status"] == "failed")
            assert first in report.failure, "the message names the first that failed"
        assert sum(self.world.slept) <= RETRY_TIMEOUT * 2 * (self.concurrency + shared)
        assert len(self.app.log) < 100

    def _check_entry(self, key: str, entry: dict[str, Any], begin: str, shared: bool) -> None:
        message = entry["error"]["message"] if entry["error"] else ""
        if UNKNOWN_OUTCOME in message:
            assert entry["after"]["state"] is None
        if entry["status"] == "skipped":
            assert not self.go_on, "one is skipped because another failed"
            assert entry["after"] == entry["before"]
        if key == "target" and entry["after"]["state"] is None:
            return
        if entry["status"] not in ("failed", "skipped"):
            assert self.as_wanted(key)
        if key == "target":
            return
        # The others have done nothing to deserve it.
        assert entry["before"]["state"] in (begin, None)
        if entry["before"]["state"] is None:
            assert shared and message and not writes(self.app.log, entry["id"])
        assert not message or shared
        if self.go_on and not shared:
            assert self.as_wanted(key), "all others are brought to their end"


class ListBench:
    """Makes the same small platform again and again, cheaply."""

    def __init__(self, state: str, concurrency: int) -> None:
        self.desired = {"state": state}
        self.document = document(state)
        self.app = make_app(self.document)
        self.concurrency = concurrency

    def case(self, go_on: bool) -> ListCase:
        self.app.reset(self.document)
        self.app.platform.clock.freeze()
        vars(self.app.platform).pop("_delete", None)
        return ListCase(self.app, self.desired, go_on=go_on, concurrency=self.concurrency)


def aimed_faults(log: list[dict[str, Any]], target: str) -> Iterator[tuple[dict[str, Any], int, bool]]:
    """Yield each fault at each request that matters: the fault, how many requests it lets pass, and whether it can meet
    requests about others.
    """
    own = [entry for entry in log if entry["tenant_id"] == target]
    once = [number for number, entry in enumerate(log) if entry["tenant_id"] is None]
    for fault in main_faults():
        if "unmoved" in fault:
            yield {**fault, "path": target}, 0, False
            continue
        # The one after the last is the look at what became of a write that went wrong.
        for position in range(len(own) + 1):
            yield {**fault, "path": target}, position, False
        if fault.get("times") == -1:
            for position in range(len(log)):
                yield fault, position, True
        else:
            for position in once:
                yield fault, position, True


@pytest.mark.parametrize("go_on", [False, True], ids=["stop", "go on"])
@pytest.mark.parametrize("state", STATES)
def test_every_fault_at_one_of_a_list(state: str, go_on: bool, record_property: Any) -> None:
    record_property("cases", enumerate_cases(state, go_on, concurrency=1, step=1))


@pytest.mark.parametrize("go_on", [False, True], ids=["stop", "go on"])
@pytest.mark.parametrize("state", STATES)
def test_the_same_with_all_at_the_same_time(state: str, go_on: bool, record_property: Any) -> None:
    record_property("cases", enumerate_cases(state, go_on, concurrency=4, step=3))


def enumerate_cases(state: str, go_on: bool, concurrency: int, step: int) -> int:
    """Run each fault, or one of so many; return the number of cases."""
    bench = ListBench(state, concurrency)
    plain = bench.case(go_on)
    begin = dict(zip(KEYS, STARTS[state], strict=True))
    report = plain.run()
    plain.check_list(report, begin, shared=False)
    assert report.failure is None
    faults = list(aimed_faults(list(plain.app.log), plain.target))[::step]
    assert len(faults) > 20
    for fault, position, shared in faults:
        try:
            look = bench.case(go_on)
            look.meet(fault, position)
            assert look.run(check_mode=True).trace is None
            assert look.world.writes() == [], "nothing is written in check mode"
            check_case(bench.case(go_on), fault, position, shared, begin)
        except AssertionError as error:
            raise AssertionError(f"{state!r}, request {position}, fault {fault}: {error}") from error
    return len(faults)


def check_case(case: ListCase, fault: dict[str, Any], position: int, shared: bool, begin: dict[str, str]) -> None:
    """One fault, and what a rerun makes of it."""
    case.meet(fault, position)
    case.check_list(case.run(), begin, shared)

    # The fault has passed: a rerun gets there, but for the target when a guard or a deletion stands against it.
    case.app.faults.rules.clear()
    case.again()
    begin = {key: case.world.truth(case.world.id(key)) for key in KEYS}
    last = case.run()
    case.check_list(last, begin, shared=False)
    if last.failure is not None and not case.go_on:
        case.again()
        case.go_on = True
        begin = {key: case.world.truth(case.world.id(key)) for key in KEYS}
        last = case.run()
        case.check_list(last, begin, shared=False)
    if case.world.writes():
        case.again()
        last = case.run()
    assert case.world.writes() == [] and not last.as_result(diff=False)["changed"], "a run after success is unchanged"
    for key, target in zip(KEYS, last.targets, strict=True):
        if target.error is not None:
            gone = case.truth == "deleted" and case.desired["state"] != "absent"
            assert key == "target" and (gone or isinstance(target.error, (RefusedError, NotFoundError)))
