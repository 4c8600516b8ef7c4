# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report says, and whether it is what the platform's log and state say.

A complaint is a rule that does not hold and what was seen. Tests that only want none use `check`.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.tests.simulator import SimulatorApp
from ansible_collections.community.acronis.tests.simulator.platform import TOKEN_PREFIX
from ansible_collections.community.acronis.tests.unit.world import World

Entry = dict[str, Any]
Complaint = tuple[str, str]

# What a tenant in the desired state is on the platform.
TRUTH = {"enabled": "enabled", "disabled": "disabled", "absent": "deleted"}
# Of a tenant that does not exist.
UNKNOWN_ID = "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a"
UNKNOWN_OUTCOME = "not known whether"


# -- what a report says -----------------------------------------------------------------------------------------------


def results(report: Report) -> list[Entry]:
    """The tenants of the report."""
    found: list[Entry] = report.as_result(diff=False)["tenants"]
    return found


def only(report: Report) -> Entry:
    """The only tenant of the report."""
    (entry,) = results(report)
    return entry


def statuses(report: Report) -> list[str]:
    """In which way each tenant ended."""
    assert report.trace is None, report.trace
    return [entry["status"] for entry in results(report)]


def summary(report: Report) -> dict[str, int]:
    """The counts that are not 0. They must add up."""
    counts: dict[str, int] = report.as_result(diff=False)["summary"]
    requested = counts.pop("requested")
    assert requested == sum(counts.values()) == len(report.targets)
    return {key: count for key, count in counts.items() if count}


# -- whether it is so -------------------------------------------------------------------------------------------------


def check(
    world: World,
    report: Report,
    log: Sequence[Entry] | None = None,
    *,
    check_mode: bool = False,
    others: bool = False,
    later: bool = False,
) -> None:
    """Fail unless the report says what the log says, the simulator's own if no other is given, and the platform shows.

    others, later: somebody else has changed tenants meanwhile, or after they were looked at last.
    """
    log = world.app.log if log is None else log
    complaints = [*form(report, world.app), *actions(report, log, check_mode)]
    if not check_mode and not later:
        complaints += states(report, world.truth, others)
    assert not complaints, complaints


def form(report: Report, app: SimulatorApp) -> Iterator[Complaint]:
    """Yield where the report contradicts itself or tells a secret, whatever has happened."""
    result = report.as_result(diff=True)
    if report.trace is not None:
        yield "trace", report.trace
    told = json.dumps([result, report.failure, report.warnings, report.trace])
    pairs = (f"{client.client_id}:{client.secret}" for client in app.platform.clients.values())
    secrets = {*(base64.b64encode(pair.encode()).decode() for pair in pairs), *app.platform.all_secrets}
    if any(secret in told for secret in {TOKEN_PREFIX, *secrets}):
        yield "secret", told
    counts = dict(result["summary"])
    if not counts.pop("requested") == sum(counts.values()) == len(report.targets):
        yield "summary", str(result["summary"])
    seen = Counter(entry["status"] for entry in result["tenants"])
    if not report.return_unchanged:
        counts.pop("unchanged")
    if any(seen[status] != count for status, count in counts.items()):
        yield "summary", f"{result['summary']} but {dict(seen)}"
    if result["changed"] != any(entry["changed"] for entry in result["tenants"]):
        yield "summary", "changed"
    if (report.failure is None) != (not counts["failed"] and not counts["skipped"] and report.refusal is None):
        yield "failure", str(result["summary"])
    if report.failure is not None and not report.failure.isprintable():
        yield "failure", repr(report.failure)
    for entry in result["tenants"]:
        if (entry["status"] == "failed") != (entry["error"] is not None):
            yield "failure", str(entry)


def writes(log: Sequence[Entry], tenant_id: str | None) -> list[Entry]:
    """The writes to a tenant that reached the platform."""
    return [one for one in log if tenant_id and one["tenant_id"] == tenant_id and one["method"] != "GET"]


def action(write: Mapping[str, Any]) -> str:
    """The action that the write stands for."""
    words = {"DELETE": "delete", "POST": "restore"}
    return words.get(write["method"]) or ("enable" if write["body"]["enabled"] else "disable")


def actions(
    report: Report,
    log: Sequence[Entry],
    check_mode: bool = False,
    excused: Callable[[Sequence[Entry]], bool] = lambda sent: False,
) -> Iterator[Complaint]:
    """Yield where the actions of a report are not the writes that took effect.

    excused: given the writes to a tenant, whether it cannot be told if another administrator has done the same.
    """
    if check_mode:
        sent = [one for one in log if one["method"] != "GET" and one["tenant_id"]]
        if sent:
            yield "check mode writes", str(sent)
        return
    for entry in (target.as_result() for target in report.targets):
        sent = writes(log, entry["id"])
        done = [action(one) for one in sent if one["effect"]]
        if UNKNOWN_OUTCOME in (entry["error"] or {"message": ""})["message"]:
            # At the most one more took effect than is told. A write that was refused for its token did not get there.
            known = len(entry["actions"]) <= len(done) <= len(entry["actions"]) + 1
            if not (entry["changed"] and known and any(one["status"] != 401 for one in sent)):
                yield "unknown outcome", f"{entry}, {done}"
            continue
        if excused(sent):
            continue
        if entry["actions"] != done:
            yield "actions", f"{entry}, {done}"
        if entry["changed"] != (bool(done) or entry["changed_with"] is not None):
            yield "changed", f"{entry}, {done}"
        if entry["status"] == "skipped" and sent:
            yield "skipped", f"{entry}, {sent}"
        above = entry["changed_with"]
        if above is not None and not any(one["effect"] for one in writes(log, above)):
            yield "changed_with", str(entry)


def states(report: Report, truth: Callable[[str], str], others: bool = False) -> Iterator[Complaint]:
    """Yield where what is told as done is not done, or a tenant is told to be what it is not.

    others: somebody else has changed tenants meanwhile, so one that was refused is told as it was seen.
    """
    for target in report.targets:
        entry = target.as_result()
        if target.tenant is None or entry["after"]["state"] is None:
            continue
        now = truth(target.tenant.id)
        if entry["status"] in ("changed", "unchanged") and now != TRUTH[target.desired.state]:
            yield "success", f"{entry}, it is {now}"
        # What is not shown may come back with the one above it, and what was not tried may have changed since.
        told = entry["before"]["state"] not in (None, "absent") and entry["status"] != "skipped"
        told = told and not (others and entry["status"] == "failed" and not entry["changed"])
        if told and entry["after"]["state"] != now:
            yield "told after", f"{entry}, it is {now}"
