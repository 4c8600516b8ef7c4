# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A random search for faults: the real code runs random cases against the simulator, and the model watches.

    python -m ansible_collections.community.acronis.tests.unit.fault_injection.search --seconds 600 --seed 7
    python -m ansible_collections.community.acronis.tests.unit.fault_injection.search --case 7000123 --shrink

Time is the simulator's. The same number makes the same case; with several workers the order of requests may differ.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import requests

from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    ApiError,
    InputError,
    NotFoundError,
    RefusedError,
)
from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.tests.simulator import SimulatorApp
from ansible_collections.community.acronis.tests.simulator.platform import Platform
from ansible_collections.community.acronis.tests.unit import oracle
from ansible_collections.community.acronis.tests.unit.fault_injection.cases import (
    RETRY_TIMEOUT,
    TIMEOUT,
    Case,
    make,
    smaller,
)
from ansible_collections.community.acronis.tests.unit.fault_injection.model import (
    TWICE,
    Entry,
    Goal,
    Moment,
    Seen,
    Write,
    alike,
)
from ansible_collections.community.acronis.tests.unit.world import World, peek

# Cases of one seed are numbered from here on.
STRIDE = 1_000_000
# What stands against a task for good.
GUARDS = (RefusedError, NotFoundError)
COUNTS = ("cases", "runs", "requests", "writes", "changed", "refused")


class WatchedApp(SimulatorApp):
    """The simulator, which also notes each moment and each write of the client."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.writes_seen: list[Write] = []
        self.view: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, set[int]] = {}
        self.answered: dict[str, set[int]] = {}
        self._stamp: Any = None
        super().__init__("minimal")

    def begin(self) -> None:
        """Forget what was seen: a run begins."""
        self.log.clear()
        self.moments.clear()
        self.writes_seen.clear()
        for shown in (self.view, self.versions, self.answered):
            shown.clear()
        self._stamp = None
        self.note()

    def note(self) -> int:
        """Note the present moment, and return its place."""
        platform = self.platform
        stamp = (platform.changes, platform._shape, platform.clock.now())
        if stamp != self._stamp:
            self._stamp = stamp
            self.moments.append(Moment(platform, platform.well_known["own"]))
        return len(self.moments) - 1

    def _record(self, method: str, path: str) -> dict[str, Any]:
        entry = super()._record(method, path)
        self.note()
        if method != "GET" and entry["tenant_id"]:
            write = Write(method, entry["tenant_id"], len(self.moments) - 1, dict(self.view), entry)
            self.writes_seen.append(write)
        return entry

    def _handled(self, handle: Callable[[Any], Any], call: Any) -> Any:
        """Note what is so when a write is carried out, between what another administrator does before and after."""
        self.writes_seen[-1].moment = self.note()
        answer = handle(call)
        self.note()
        return answer

    def _update_tenant(self, call: Any) -> Any:
        return self._handled(super()._update_tenant, call)

    def _delete_tenant(self, call: Any) -> Any:
        return self._handled(super()._delete_tenant, call)

    def _restore_tenant(self, call: Any) -> Any:
        return self._handled(super()._restore_tenant, call)

    def watch(self, session: requests.Session) -> None:
        """Have the answers that the client gets noted."""
        session.hooks["response"].append(self._shown)

    def _shown(self, response: requests.Response, *_args: Any, **_options: Any) -> None:
        if len(self.log) > 3000:
            raise AssertionError("this never ends")
        try:
            document = json.loads(peek(response))
        except ValueError:
            return
        found = document.get("items", [document]) if isinstance(document, dict) else []
        for item in found if isinstance(found, list) else []:
            if isinstance(item, dict) and "version" in item and "kind" in item:
                self.view[item["id"]] = item
                self.versions.setdefault(item["id"], set()).add(item["version"])
                if response.request.method == "PUT":
                    self.answered.setdefault(item["id"], set()).add(item["version"])


@dataclass
class Verdict:
    """What a case has shown: counts, and complaints as pairs of a rule and what was seen."""

    counts: Counter[str] = field(default_factory=Counter)
    complaints: list[tuple[str, str]] = field(default_factory=list)


class Bench:
    """Runs cases, one after the other."""

    def __init__(self) -> None:
        self.app = WatchedApp()

    def judge(self, case: Case) -> Verdict:
        """Run the case and return what is to be said of it."""
        self.app.reset(case.document(), case.switches)
        platform = self.app.platform
        platform.clock.freeze()
        for node in case.nodes():
            platform.interfere(platform.well_known[node["key"]], values={"name": node["name"]}, bump=False)
        verdict = Verdict(Counter(cases=1))
        for task in case.tasks:
            Trial(self.app, case, task, verdict).go()
        return verdict

    def shrink(self, case: Case, rule: str, seconds: float = 60) -> Case:
        """Return a case that is as small as was found in the time and breaks the same rule."""
        end = time.monotonic() + seconds
        found = True
        while found and time.monotonic() < end:
            found = False
            for other in smaller(case):
                if time.monotonic() > end:
                    break
                try:
                    verdict = self.judge(other)
                except (KeyError, ValueError):
                    continue
                if rule in {complaint[0] for complaint in verdict.complaints}:
                    case, found = other, True
                    break
        return case


class Trial:
    """One task of a case: its runs, and what is found wrong with them."""

    def __init__(self, app: WatchedApp, case: Case, task: dict[str, Any], verdict: Verdict) -> None:
        self.app, self.case, self.task, self.verdict = app, case, task, verdict
        self.platform: Platform = app.platform
        self.world = World(app, longest=1e7, equip=app.watch)
        self.options: dict[str, Any] = {
            key: value for key, value in task["options"].items() if key not in ("subtree_root_id", "protected_tenants")
        }
        root = task["options"].get("subtree_root_id")
        if root:
            self.options["subtree_root_id"] = self.world.id(root["key"])
        protected = [self._text(one) for one in task["options"].get("protected_tenants", ())]
        if protected:
            self.options["protected_tenants"] = protected

    def complain(self, rule: str, what: str) -> None:
        """Note that something is not as it should be."""
        self.verdict.complaints.append((rule, what))

    # -- input --------------------------------------------------------------------------------------------------------

    def _tenant(self, key: str) -> Any:
        return self.platform.tenants[self.world.id(key)]

    def _text(self, reference: dict[str, Any]) -> str:
        """The text that the reference stands for now."""
        if "text" in reference:
            return str(reference["text"])
        tenant = self._tenant(reference["key"])
        named = {"id": tenant.id, "name": tenant.name, "customer_id": tenant.customer_id}[reference["by"]]
        return named or "nothing-" + reference["key"]

    def _given(self) -> tuple[dict[str, Any], list[Entry]]:
        """The selector's options for the module, and the same for the model."""
        selector, state = self.task["selector"], self.task["state"]
        raw: list[Any] = []
        entries: list[Entry] = []
        single = selector in ("tenant", "customer_id")
        guards: dict[str, Any] = {}
        for one in self.task["entries"][: 1 if single else None]:
            text, by = self._text(one), one["by"]
            tenant = self._tenant(one["key"])
            name = tenant.name if one.get("expected_name") is True else one.get("expected_name")
            version = tenant.version if one.get("expected_version") is True else one.get("expected_version")
            entry = Entry(by, text, one.get("state", state), name, version)
            if by == "name" and _is_uuid(text):
                entry.by = "id"
            guards = {key: value for key, value in (("expected_name", name), ("expected_version", version)) if value}
            extra = {**guards, **({"state": one["state"]} if "state" in one else {})}
            plain = single or selector == "customer_ids" or (by != "customer_id" and not extra)
            raw.append(text if plain else {"customer_id" if by == "customer_id" else "tenant": text, **extra})
            entries.append(entry)
        if single:
            return {selector: raw[0], **guards}, entries
        return {"customer_ids" if selector == "customer_ids" else "tenants": raw}, entries

    def _plan(self, given: dict[str, Any]) -> tuple[dict[str, Any], list[Entry]] | None:
        """The same as a plan that is handed back, after what happens in between; None when there is none."""
        impact = bool(self.task.get("planned_impact"))
        report = self._run({**given, "state": self.task["state"]}, {**self.options, "impact": impact}, True)
        if report is None:
            return None
        plan = json.loads(json.dumps(report.as_result(diff=False)["tenants"]))
        for change in self.task.get("between", ()):
            self._interfere(change)
        applied = self.task.get("applied_state")
        entries: list[Entry] = []
        for one in plan:
            if one["status"] != "changed" and applied is None:
                continue
            before, after = one["before"], one["after"]
            state = applied or ("absent" if after["state"] in ("deleted", "absent") else after["state"])
            undone = one["changed"] and after["state"] == "deleted" and state != "absent"
            version = before["version"] if after["version"] is None else after["version"]
            entry = Entry("id", one["id"] or "", str(state), one["name"], None if undone else version)
            entry.reviewed = one["impact"] if state == "absent" else None
            entry.unwritten = undone or before["state"] in ("absent", None)
            if not one["id"]:
                entry.by, entry.text, entry.name = "name", one["tenant"], None
            entries.append(entry)
        return {"plan": plan, "state": applied}, entries

    # -- other administrators and faults ------------------------------------------------------------------------------

    def _interfere(self, change: dict[str, Any]) -> None:
        """Do what another administrator does, unless it is impossible."""
        platform, tenant = self.platform, self._tenant(change["key"])
        is_new = change.get("child") or change.get("user")
        if is_new and any(one.deletion for one in (tenant, *tenant.ancestors())):
            return
        if change.get("child"):
            kind = "unit" if tenant.kind in ("customer", "unit") else "customer"
            platform.add_tenant(tenant, f"Late {len(platform.tenants)}", kind)
        elif change.get("user"):
            platform.add_user(tenant, f"late{len(platform.users)}@example")
        elif "move" in change:
            target = self._tenant(change["move"])
            if target is not tenant and tenant not in target.ancestors():
                platform.interfere(tenant.id, values={"parent_id": target.id})
        else:
            platform.interfere(
                tenant.id,
                values=change.get("set", {}),
                delete=change.get("delete", False),
                restore=change.get("restore", False) and (tenant.parent is None or tenant.parent.deletion is None),
            )

    def _set_faults(self) -> None:
        for fault in self.task["faults"]:
            values = {key: value for key, value in fault.items() if key != "key"}
            if "key" in fault:
                values["path"] = self.world.id(fault["key"])
            changes = {moment: values.pop(moment) for moment in ("change", "after_change") if moment in values}
            rule = self.app.faults.add(**values, **{moment: {} for moment in changes})
            for moment, change in changes.items():
                getattr(rule, moment).make = lambda platform, tenant_id, change=change: self._interfere(change)

    # -- runs ---------------------------------------------------------------------------------------------------------

    def _run(self, given: dict[str, Any], options: dict[str, Any], check_mode: bool) -> Report | None:
        """One run. None: the input was refused, before any request."""
        self.app.begin()
        self.world.slept.clear()
        self.verdict.counts["runs"] += 1
        try:
            request = self.world.request(**{"state": self.task["state"], **options, **given})
        except AcronisError as error:
            self.verdict.counts["refused"] += 1
            if "Traceback" in error.message or not error.message.isprintable():
                self.complain("input", error.message)
            return None
        auth: dict[str, Any] = {"retry_timeout": RETRY_TIMEOUT, "timeout": TIMEOUT}
        if self.task["token"]:
            auth |= self.world.token_alone()
        report = self.world.carry_out(self.world.api(**auth), request, check_mode)
        self.app.note()
        self.verdict.counts["requests"] += len(self.app.log)
        self.verdict.counts["writes"] += len(self.app.writes_seen)
        self.verdict.counts["changed"] += any(one.entry["effect"] for one in self.app.writes_seen)
        self.verdict.counts["refused"] += report.failure is not None
        return report

    def go(self) -> None:
        """Run the task with its faults, and again when they are over."""
        given, entries = self._given()
        if self.task["selector"] == "plan":
            planned = self._plan(given)
            if planned is None:
                return
            given, entries = planned
        goal = Goal(
            entries,
            root_id=self.options.get("subtree_root_id"),
            protected=self.options.get("protected_tenants", ()),
            unmatched=self.options.get("unmatched_protection", "fail"),
            delete_descendants=self.options.get("delete_descendants", False),
            restore_deleted=self.options.get("restore_deleted", False),
            max_changes=self.options.get("max_changes"),
            go_on=self.options.get("continue_on_error", False),
            knows_itself=not self.task["token"],
        )
        foreseen = None
        if not self.task["faults"] and not self.task["check_mode"]:
            foreseen = self._run(given, self.options, True)
            if foreseen is not None:
                Check(self, goal, foreseen, check_mode=True).all()
        self._set_faults()
        report = self._run(given, self.options, self.task["check_mode"])
        self.app.faults.rules.clear()
        if report is None:
            return
        Check(self, goal, report, self.task["check_mode"], faulty=bool(self.task["faults"])).all()
        if foreseen is not None:
            self._compare(foreseen, report, goal)
        if not self.task["check_mode"]:
            self._rerun(given, goal)

    def _rerun(self, given: dict[str, Any], goal: Goal) -> None:
        """The faults have passed: the state is reached, or a guard stands against it, and then nothing changes."""
        self.platform.clock.advance(1000)
        report = None
        for _number in range(len(goal.entries) + 2):
            report = self._run(given, self.options, False)
            if report is None:
                return
            Check(self, goal, report, False).all()
            if report.failure is None:
                again = self._run(given, self.options, False)
                if again is not None:
                    Check(self, goal, again, False).all()
                    unseen = [one for one in self.app.writes_seen if not self.app.moments[0].in_reach(one.tenant_id)]
                    # With a restored tenant others of the same name may have come back.
                    refused = all(
                        isinstance(one.error, (RefusedError, NotFoundError, type(None))) for one in again.targets
                    )
                    if len(unseen) < len(self.app.writes_seen) or not refused:
                        self.complain("rest", f"a run after success: {again.failure}")
                return
            if not any(one.entry["effect"] for one in self.app.writes_seen):
                break
        else:
            self.complain("rest", f"it never comes to an end: {report.failure if report else None}")
        for target in report.targets if report else ():
            error = target.error
            excused = error is None or isinstance(error, (*GUARDS, InputError))
            # Rules of the platform that nobody can foresee: names, parents, work in progress, and 403.
            if isinstance(error, ApiError) and error.status is not None and 400 <= error.status < 500:
                excused = excused or error.path != "/idp/token"
            if not excused and not self.broken():
                self.complain("rerun", f"{target.subject}: {error}")

    def broken(self) -> bool:
        """Whether the platform cannot be worked with."""
        own = self._tenant("own")
        return self.case.switches.get("repeat_cursor", False) or not self.platform.is_working(own)

    def _compare(self, foreseen: Report, report: Report, goal: Goal) -> None:
        """A run does what check mode has foreseen. What only the platform knows is left out: how a tenant comes back,
        whether a change reaches those below, and what is said to a token about hidden and locked ones.
        """
        told, done = (list(each.as_result(False)["tenants"]) for each in (foreseen, report))
        unforeseen = any("restore" in one["actions"] for one in told + done)
        cascades = self.platform.switches.child_flags_on_disable != "kept"
        busy = any(self.platform.switches.as_dict()[key] for key in ("deletion_seconds", "restoration_seconds"))
        if unforeseen or busy or (cascades and any(one["top_ancestor"] for one in told)):
            return
        first = self.app.moments[0]
        chosen = [(entry, goal.the_one(entry, first)) for entry in goal.entries]
        for entry, one in chosen:
            hidden = one is not None and not first.in_reach(one.id)
            locked = one is not None and self.task["token"] and one.lock is not None
            if hidden or locked or (one is not None and goal.is_uncertain(entry, one, first)):
                return
        for before, after in zip(told, done, strict=True):
            same = all(before[key] == after[key] for key in ("id", "status", "actions", "changed", "before"))
            if not same or before["after"]["state"] != after["after"]["state"]:
                self.complain("foresee", f"{before} but {after}")
                return
        if (foreseen.failure is None) != (report.failure is None):
            self.complain("foresee", f"{foreseen.failure} but {report.failure}")


class Check:
    """What must hold after one run."""

    def __init__(self, trial: Trial, goal: Goal, report: Report, check_mode: bool, faulty: bool = False) -> None:
        self.trial, self.goal, self.report, self.check_mode = trial, goal, report, check_mode
        self.app = trial.app
        self.faulty = faulty
        self.moments = list(self.app.moments)
        self.writes = list(self.app.writes_seen)
        self.result = report.as_result(diff=True)
        self.own_id = trial.world.id("own")
        self.others = any("change" in one or "after_change" in one for one in trial.task["faults"]) and faulty
        self.alone = trial.options.get("concurrency", 1) == 1

    def complain(self, rule: str, what: str) -> None:
        self.trial.complain(rule, f"{what} [{self.report.failure}]")

    def all(self) -> None:
        """Check everything."""
        self._check_report()
        self._check_bounds()
        if self.check_mode:
            if self.writes:
                self.complain("check mode writes", str([one.entry for one in self.writes]))
        else:
            self._check_writes()
            self._check_limits()
            self._check_actions()
            self._check_told()
        self._check_refusals()
        self._check_success()
        if not self.faulty:
            self._check_possible()

    # -- the report ---------------------------------------------------------------------------------------------------

    def _check_report(self) -> None:
        for rule, what in oracle.form(self.report, self.app):
            self.complain(rule, what)

    def _check_bounds(self) -> None:
        entries = len(self.goal.entries)
        workers = self.trial.options.get("concurrency", 1)
        longest = RETRY_TIMEOUT * (2 * workers + 3 * entries + 6)
        if sum(self.trial.world.slept) > longest:
            self.complain("waiting", f"{sum(self.trial.world.slept)} seconds")
        useful = [one for one in self.app.log if one["status"] and one["status"] < 300]
        pages = -(-len(self.app.platform.tenants) // (self.app.platform.switches.largest_page or 1000)) + 1
        most = 30 + 25 * entries + pages * (8 + 6 * entries)
        if len(useful) > most or len(self.app.log) > 10 * most:
            self.complain("requests", f"{len(useful)} of {len(self.app.log)}, more than {most}")

    # -- writes -------------------------------------------------------------------------------------------------------

    def _check_writes(self) -> None:
        for place, write in enumerate(self.writes):
            self._check_write(write, self.writes[:place])

    def _since_start(self, write: Write) -> Sequence[Moment]:
        return self.moments[: write.moment + 1]

    def _check_write(self, write: Write, earlier: Sequence[Write]) -> None:
        goal, moments = self.goal, self._since_start(write)
        body = write.entry["body"] if isinstance(write.entry["body"], dict) else {}
        what = f"{write.method} {write.tenant_id} {body or write.entry['query']}"
        owners = [
            entry
            for entry in goal.entries
            if any(write.tenant_id in {one.id for one in goal.candidates(entry, moment)} for moment in moments)
        ]
        wishes = {
            ("PUT", True): ("enabled",),
            ("PUT", False): ("disabled", "absent"),
            ("DELETE", None): ("absent",),
            ("POST", None): ("enabled", "disabled") if goal.restore_deleted else (),
        }
        kind = (write.method, body.get("enabled"))
        owners = [entry for entry in owners if entry.state in wishes.get(kind, ())]
        if not owners:
            self.complain("not named", what)
            return
        shown = self.app.versions.get(write.tenant_id, set())
        version = int(body.get("version") or write.entry["query"].get("version") or 0)
        if write.method != "POST" and version not in shown:
            self.complain("version", f"{what}, shown were {sorted(shown)}")
        # Nothing is written for an entry against which the same thing stands since the beginning.
        for entry in owners:
            reasons = {goal.reason_against(entry, moment) for moment in moments}
            if len(owners) == 1 and None not in reasons and len(reasons) == 1 and not earlier:
                self.complain("guard", f"{what}: {reasons.pop()}")
        if len(owners) == 1:
            self._check_expected(owners[0], write, version, earlier, what)
        takes_away = kind == ("PUT", False) or write.method == "DELETE"
        if takes_away:
            self._check_taking(write, moments, what)
        if write.method == "DELETE":
            self._check_deletion(write, moments, owners, what)
        if not any(goal.is_inside(write.tenant_id, moment) for moment in moments):
            self.complain("outside", what)

    def _check_expected(self, entry: Entry, write: Write, version: int, earlier: Sequence[Write], what: str) -> None:
        is_first = not any(one.tenant_id == write.tenant_id for one in earlier)
        if entry.unwritten and is_first and self.moments[0].tenants[write.tenant_id].live:
            self.complain("expected version", f"{what}: the plan knows no such tenant")
        if entry.version is None or write.method == "POST":
            return
        known = {entry.version, *self.app.answered.get(write.tenant_id, ())}
        restored = any(one.method == "POST" and one.tenant_id == write.tenant_id for one in earlier)
        above = set(self.moments[write.moment].chain(write.tenant_id)[1:])
        cascaded = entry.state != "absent" and any(one.tenant_id in above for one in earlier)
        if version not in known and not restored and not cascaded:
            self.complain("expected version", f"{what}: expected {entry.version}")

    def _check_taking(self, write: Write, moments: Sequence[Moment], what: str) -> None:
        goal = self.goal
        if write.tenant_id == self.own_id:
            self.complain("own tenant", what)
        if all(goal.protected_below(write.tenant_id, moment) is not None for moment in moments):
            self.complain("protected", what)
        elif self.alone and goal.protected_below(write.tenant_id, moments[-1]) is not None:
            text = self._protected_in_view(write)
            if text is not None:
                self.complain("protected as shown", f"{what}: {text}")

    def _protected_in_view(self, write: Write) -> str | None:
        """The entry of protected_tenants that names the tenant, or one below it, after what the client was shown."""
        view = write.view
        for text in self.goal.protected:
            for tenant_id, one in view.items():
                names = {alike(one["name"]), alike(one.get("customer_id"))} - {""}
                if tenant_id != text.lower() and alike(text) not in names:
                    continue
                passed: set[str] = set()
                while tenant_id in view and tenant_id not in passed:
                    if tenant_id == write.tenant_id:
                        return text
                    passed.add(tenant_id)
                    tenant_id = view[tenant_id]["parent_id"]
        return None

    def _check_deletion(self, write: Write, moments: Sequence[Moment], owners: Sequence[Entry], what: str) -> None:
        goal, now = self.goal, moments[-1]
        # Under another version than that of the state shown last, the platform refuses it.
        shown = write.view.get(write.tenant_id, {"enabled": True})
        if shown["enabled"] and str(shown.get("version")) == write.entry["query"].get("version"):
            self.complain("deletes enabled", what)
        if not write.entry["effect"]:
            return
        target = now.tenants[write.tenant_id]

        def is_live_below(moment: Moment, one: Seen) -> bool:
            return one.id in moment.tenants and moment.tenants[one.id].live and moment.is_below(one.id, target.id)

        # What was there all the time.
        below = [one for one in now.below(target.id) if one.live]
        lost = [one for one in below if all(is_live_below(moment, one) for moment in moments)]
        if not goal.delete_descendants and any(not one.personal for one in lost):
            self.complain("descendants", f"{what}: {lost}")
        told = {one["id"]: one for one in self.result["tenants"] if one["id"]}
        for one in lost:
            entry = told.get(one.id)
            if entry is not None and entry["status"] in ("failed", "skipped"):
                self.complain("deletes refused", f"{what}: {entry}")
            for other in goal.entries:
                if other.state != "absent" and all(goal.the_one(other, m) == m.tenants[one.id] for m in moments):
                    self.complain("deletes alive", f"{what}: {other}")
        if all(goal.growth(owners[0], moment.tenants[target.id], moment) is not None for moment in moments):
            self.complain("reviewed", what)

    def _check_limits(self) -> None:
        written = {one.tenant_id for one in self.writes}
        if self.goal.max_changes is not None and len(written) > self.goal.max_changes:
            self.complain("max_changes", str(written))

    def _check_refusals(self) -> None:
        """What is refused by what stands against it all the time is not written, and is told as failed."""
        first = self.moments[0]
        for place, entry in enumerate(self.goal.entries):
            reason = self.goal.reason_against(entry, first)
            if reason is None:
                continue
            told = self._told(place)
            if told is None or self.others:
                continue
            # Of two names of one tenant the first may be told as what it is.
            if told["status"] not in ("failed", "skipped") and reason != TWICE:
                self.complain("refusal", f"{reason}: {told}")
            if not self.goal.go_on and self.writes:
                self.complain("written in spite of a refusal", f"{reason}: {told}")

    def _check_possible(self) -> None:
        """What nothing stands against is done."""
        first, goal = self.moments[0], self.goal
        if self.report.failure is None or self.trial.broken() or goal.max_changes is not None:
            return
        if self.trial.task["token"] and (self._is_expired() or self._looks_like_no_endpoint()):
            return
        chosen = [goal.the_one(entry, first) for entry in goal.entries]
        if all(
            one is not None
            and one.live
            and first.in_reach(one.id)
            and one.lock in (None, self.own_id)
            and not any(other.busy for other in first.tenants.values() if entry.names(other))
            and goal.is_possible(entry, one, first)
            for entry, one in zip(goal.entries, chosen, strict=True)
        ):
            self.complain("possible", "nothing stands against it")

    def _is_expired(self) -> bool:
        """Whether a token that was given has come to its end, so that there is no other."""
        return any(one["status"] == 401 for one in self.app.log)

    def _looks_like_no_endpoint(self) -> bool:
        """Whether what lies above the client's tenant is refused like a path that is not there. With a token alone
        nothing tells that the tree ends there, so that nobody knows what is protected.
        """
        switches = self.app.platform.switches
        refusals = (switches.out_of_scope_status, switches.error_code, switches.batch_out_of_scope)
        return refusals == (404, "http_status", "refused")

    def _told(self, place: int) -> dict[str, Any] | None:
        """The entry of the result, which are as many as the task has."""
        told: list[dict[str, Any]] = self.result["tenants"]
        return told[place] if len(told) == len(self.goal.entries) else None

    # -- what is told -------------------------------------------------------------------------------------------------

    def _check_actions(self) -> None:
        def excused(sent: Sequence[dict[str, Any]]) -> bool:
            # When another administrator does the very same, nobody can tell who it was.
            refused = any(entry["status"] is None or entry["status"] >= 300 for entry in sent)
            return self.others and (refused or self._is_lossy())

        for rule, what in oracle.actions(self.report, self.app.log, excused=excused):
            self.complain(rule, what)

    def _is_lossy(self) -> bool:
        """Whether answers to writes are lost by the faults."""
        return any("drop" in fault or "delay" in fault for fault in self.trial.task["faults"])

    def _check_told(self) -> None:
        last = self.moments[-1]
        for one in self.result["tenants"]:
            if one["id"] not in last.tenants:
                continue
            states = {moment.tenants[one["id"]].state for moment in self.moments if one["id"] in moment.tenants}
            now = states if self.others else {last.tenants[one["id"]].state}
            if one["status"] == "failed" and not one["changed"]:
                # It is told as it was seen last.
                now = states
            for key, allowed in (("before", states), ("after", now)):
                state = one[key]["state"]
                if state is not None and not self._is_told(state, allowed, last.tenants[one["id"]]):
                    self.complain(f"told {key}", f"{one}, it is {sorted(allowed)}")

    def _is_told(self, state: str, allowed: set[str], now: Seen) -> bool:
        if state == "absent":
            # One that nobody could see may have come back with another one that was restored.
            first = self.moments[0].tenants.get(now.id)
            return "deleted" in allowed or (first is not None and first.deleted) or self._may_seem_gone(now.id)
        # A restoration that goes on may still show the deletion.
        seen = [moment.tenants[now.id] for moment in self.moments if now.id in moment.tenants]
        return state in allowed or (state == "deleted" and any(one.shown_deleted for one in seen))

    def _may_seem_gone(self, tenant_id: str) -> bool:
        """Whether the tenant is hidden, and was said not to be there when it was asked for."""
        hidden = not all(moment.in_reach(tenant_id) for moment in self.moments)
        answers = {one["status"] for one in self.app.log if one["tenant_id"] == tenant_id}
        return hidden and bool(answers & {404, 410})

    def _check_success(self) -> None:
        """What is told as done is done, and what names nothing is not nearly something."""
        goal, last = self.goal, self.moments[-1]
        for place, entry in enumerate(goal.entries):
            told = self._told(place)
            if told is None or told["status"] in ("failed", "skipped") or self.check_mode:
                continue
            # What a listing shows, and a request says not to be there, cannot be told from what is gone.
            if self._may_seem_gone(str(told["id"])):
                continue
            moments = self.moments if self.others else [last]
            live = [{one.id for one in goal.candidates(entry, moment) if one.live} for moment in moments]
            if entry.state == "absent":
                # Another tenant may have been given the name meanwhile.
                if set.intersection(*live):
                    self.complain("success", f"{told}: {live[-1]}")
                near = (any(entry.nearly_names(one) for one in m.listed(goal.root_id)) for m in moments)
                if told["status"] == "not_found" and entry.by != "id" and all(near):
                    self.complain("near", str(told))
            elif told["id"] not in last.tenants or all(
                moment.tenants[told["id"]].state != entry.state for moment in moments if told["id"] in moment.tenants
            ):
                self.complain("success", f"{told}")


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4


# -- the search -------------------------------------------------------------------------------------------------------


@dataclass
class Found:
    """A case that failed: its number, and what is wrong."""

    number: int
    complaints: list[tuple[str, str]]


def numbers(first: int) -> Iterator[int]:
    """The numbers of the cases of one seed."""
    number = first * STRIDE
    while True:
        yield number
        number += 1


def search(first: int, cases: int | None = None, seconds: float | None = None) -> tuple[Counter[str], list[Found]]:
    """Run the cases of a seed, so many or for so long; return counts and what was found."""
    bench = Bench()
    counts: Counter[str] = Counter()
    found: list[Found] = []
    end = None if seconds is None else time.monotonic() + seconds
    for number in numbers(first):
        if (cases is not None and counts["cases"] >= cases) or (end is not None and time.monotonic() >= end):
            return counts, found
        try:
            verdict = bench.judge(make(number))
        except Exception:
            verdict = Verdict(Counter(cases=1), [("search", traceback.format_exc())])
            bench = Bench()
        counts += verdict.counts
        if verdict.complaints:
            counts["failed"] += 1
            found.append(Found(number, verdict.complaints))
            if seconds is not None:
                print(f"case {number}: {verdict.complaints[0][0]}: {verdict.complaints[0][1][:600]}", flush=True)
    return counts, found


def main(arguments: Sequence[str] | None = None) -> int:
    """Search from the command line."""
    parser = argparse.ArgumentParser(description="Search for faults in the collection with random cases.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()) // 86400)
    parser.add_argument("--case", type=int, action="append", help="run this case alone")
    parser.add_argument("--shrink", action="store_true", help="look for a smaller case that fails in the same way")
    options = parser.parse_args(arguments)
    if options.case is None:
        begun = time.monotonic()
        counts, found = search(options.seed, seconds=options.seconds)
        figures = ", ".join(f"{counts[name]} {name}" for name in (*COUNTS, "failed"))
        print(f"seed {options.seed}: {figures} in {time.monotonic() - begun:.0f} s")
        rules = Counter(one.complaints[0][0] for one in found)
        for rule, count in rules.most_common():
            print(f"{count} {rule}: {[one.number for one in found if one.complaints[0][0] == rule][:10]}")
        return int(bool(found))
    failed = False
    for number in options.case:
        bench, case = Bench(), make(number)
        complaints = bench.judge(case).complaints
        failed |= bool(complaints)
        if complaints and options.shrink:
            case = bench.shrink(case, complaints[0][0])
            complaints = bench.judge(case).complaints
        print(json.dumps(asdict(case), indent=1, ensure_ascii=True))
        for rule, what in complaints:
            print(f"{rule}: {what}")
        for entry in bench.app.log:
            print(entry["method"], entry["path"], entry["query"], entry["body"], entry["status"], entry["code"])
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
