# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proof by enumeration for lists: whatever goes wrong with the requests about one tenant, or with those that all share,
what is reported of every tenant is what happened to it.

The faults are those of `test_single`, aimed at each request about the second of four tenants, at the requests that are
made once for all, and at everything from some request on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils._errors import NotFoundError, RefusedError
from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES
from ansible_collections.community.acronis.plugins.module_utils._run import run
from ansible_collections.community.acronis.tests.simulator import make_app, seed
from ansible_collections.community.acronis.tests.unit.fault_injection.test_single import (
    RETRY_TIMEOUT,
    TIMEOUT,
    Case,
    main_faults,
)

KEYS = ("first", "target", "third", "fourth")
TRUTH = {"enabled": "enabled", "disabled": "disabled", "absent": "deleted"}

# How the four start: the first three have work to do, and the last is as wanted.
STARTS: dict[str, tuple[str, str, str, str]] = {
    "enabled": ("disabled", "disabled", "disabled", "enabled"),
    "disabled": ("enabled", "enabled", "enabled", "disabled"),
    "absent": ("disabled", "enabled", "enabled", "deleted"),
}


def document(state: str) -> dict[str, Any]:
    """The client's own tenant and the four."""
    children = [
        {
            "key": key,
            "name": key.title(),
            "kind": "customer",
            "version": 7,
            "enabled": start == "enabled",
            "deleted": start == "deleted",
        }
        for key, start in zip(KEYS, STARTS[state], strict=True)
    ]
    return seed._platform_with(*children)


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
        return run(self.world.api(**options), request, check_mode)

    def as_wanted(self, key: str) -> bool:
        return self.world.truth(self.world.id(key)) == TRUTH[self.desired["state"]]

    def check_list(self, report: Report, begin: dict[str, str], shared: bool) -> None:
        """The invariants. begin: how each tenant was before the run. shared: the fault can meet any request."""
        result = report.as_result(diff=True)
        told = json.dumps([result, report.failure, report.warnings, report.trace])
        assert report.trace is None, report.trace
        assert not [secret for secret in (seed.CLIENT_SECRET, *self.app.platform.all_tokens) if secret in told]
        assert [entry["id"] for entry in result["tenants"]] == [self.world.id(key) for key in KEYS]
        counts = result["summary"]
        assert counts.pop("requested") == len(KEYS) == sum(counts.values())
        assert result["changed"] == any(entry["changed"] for entry in result["tenants"])
        assert (report.failure is None) == (not counts["failed"] and not counts["skipped"])

        failed_before = False
        for key, entry in zip(KEYS, result["tenants"], strict=True):
            self._check_entry(key, entry, begin[key], shared)
            if self.concurrency == 1 and not self.go_on and failed_before:
                assert not entry["changed"] and not self._sent(entry["id"]), "nothing is begun after a failure"
            failed_before |= entry["status"] == "failed"
        if report.failure is None:
            for key in KEYS:
                assert self.as_wanted(key), "success is what the platform shows"
        else:
            assert report.failure.isprintable() and f"{counts['failed']} of 4 failed" in report.failure
            (first, *_others) = (entry["id"] for entry in result["tenants"] if entry["status"] == "failed")
            assert first in report.failure, "the message names the first that failed"
        assert sum(self.world.slept) <= RETRY_TIMEOUT * 2 * (self.concurrency + shared)
        assert len(self.app.log) < 100

    def _sent(self, tenant_id: str) -> list[dict[str, Any]]:
        return [one for one in self.app.log if one["tenant_id"] == tenant_id and one["method"] != "GET"]

    def _check_entry(self, key: str, entry: dict[str, Any], begin: str, shared: bool) -> None:
        effects = [one for one in self._sent(entry["id"]) if one["effect"]]
        truth = self.world.truth(entry["id"])
        message = entry["error"]["message"] if entry["error"] else ""
        assert (entry["status"] == "failed") == bool(message)
        if "not known whether" in message:
            assert entry["after"]["state"] is None and entry["changed"]
            assert len(entry["actions"]) <= len(effects) <= len(entry["actions"]) + 1
        else:
            words = {"DELETE": "delete", "POST": "restore"}
            done = [words.get(one["method"]) or ("enable" if one["body"]["enabled"] else "disable") for one in effects]
            assert entry["actions"] == done, "the actions are what the log says"
            assert entry["changed"] == bool(effects)
        if entry["status"] == "skipped":
            assert not self.go_on, "one is skipped because another failed"
            assert not self._sent(entry["id"]) and entry["after"] == entry["before"]
        if key == "target" and entry["after"]["state"] is None:
            return
        if entry["status"] not in ("failed", "skipped"):
            assert self.as_wanted(key)
        if key == "target":
            return
        # The others have done nothing to deserve it.
        assert entry["before"]["state"] in (begin, None)
        if entry["before"]["state"] is None:
            assert shared and message and not self._sent(entry["id"])
        elif entry["after"]["state"] is not None:
            assert entry["after"]["state"] == truth
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
