# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a task, and how the module returns it. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ansible_collections.community.acronis.plugins.module_utils import _rules as rules
from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError, UnknownOutcomeError
from ansible_collections.community.acronis.plugins.module_utils._impact import Impact
from ansible_collections.community.acronis.plugins.module_utils._rules import Action, Desired, GuardData, Snapshot
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant
from ansible_collections.community.acronis.plugins.module_utils._text import shown

Status = Literal["changed", "unchanged", "not_found", "failed", "skipped"]
STATUSES: Sequence[Status] = get_args(Status)

# How many failed tenants the message names.
MAX_NAMED = 10

# What a tenant in the desired state has become.
DONE = {"enabled": "enabled", "disabled": "disabled", "absent": "deleted"}
UNKNOWN_STATE = "in an unknown state"
PLURAL = {"is": "are", "was": "were"}


@dataclass
class Target:
    """One tenant of a task, from the option to the result. Each stage of the run completes it once.

    impact: what the change reaches, if that was asked for. hint: what else may have been meant by a name that matches
    nothing. skipped: it was not tried because of another. changed_with: the ID of the tenant above whose change, in
    this task, changed this one. ancestors, descendants: targets of the same task above (the nearest first) and below.
    data: what the guards have looked at. planned: what is to be done; None before it is planned.
    """

    desired: Desired
    tenant: Tenant | None = None
    before: Snapshot = rules.UNKNOWN
    after: Snapshot = rules.UNKNOWN
    actions: Sequence[Action] = ()
    error: AcronisError | None = None
    impact: Impact | None = None
    hint: str = ""
    skipped: bool = False
    changed_with: str | None = None
    ancestors: list[Target] = field(default_factory=list)
    descendants: list[Target] = field(default_factory=list)
    data: GuardData = field(default_factory=GuardData)
    planned: Sequence[Action] | None = None

    def see(self, tenant: Tenant | None) -> None:
        """Note the tenant as it was read before anything was written."""
        self.tenant = tenant
        self.before = self.after = rules.snapshot(tenant)

    @property
    def changed(self) -> bool:
        """Whether something was written, or would be; a write whose outcome is not known counts."""
        return bool(self.actions) or self.changed_with is not None or isinstance(self.error, UnknownOutcomeError)

    @property
    def is_to_change(self) -> bool:
        """Whether the plan holds a change."""
        return self.error is None and bool(self.planned)

    @property
    def not_found(self) -> bool:
        """Whether an absence was asked for of something that was never seen."""
        return self.error is None and self.tenant is None

    @property
    def status(self) -> Status:
        """In which way the tenant ended."""
        if self.error is not None:
            return "failed"
        if self.skipped:
            return "skipped"
        if self.not_found:
            return "not_found"
        return "changed" if self.changed else "unchanged"

    @property
    def subject(self) -> str:
        """The tenant in a message, by name and ID as far as they are known."""
        if self.tenant is not None:
            return f"tenant {shown(self.tenant.name)} ({self.tenant.id})"
        label = {"id": "ID", "name": "name", "customer_id": "external ID"}[self.desired.reference.kind]
        return f"the tenant with {label} {shown(self.desired.reference.text)}"

    @property
    def verdict(self) -> str:
        """What a failed tenant is, in words that follow its name."""
        desired = DONE[self.desired.state]
        unknown = isinstance(self.error, UnknownOutcomeError)
        if unknown and self.after.state is None:
            return f"is {UNKNOWN_STATE} and perhaps not {desired}"
        if unknown or self.actions:
            seen = self.after.state or UNKNOWN_STATE
            return f"is {seen}" if rules.is_as_desired(self.desired, self.after) else f"is {seen}, not {desired}"
        return f"was not {desired}"

    def as_result(self) -> dict[str, Any]:
        """Return the entry of `tenants`, which has every key whatever happened."""
        tenant = self.tenant
        reference = self.desired.reference
        top = self.ancestors[-1].tenant if self.ancestors else None
        return {
            "tenant": reference.text,
            "id": tenant.id if tenant else (reference.value if reference.kind == "id" else None),
            "name": tenant.name if tenant else (reference.text if reference.kind == "name" else None),
            "kind": tenant.kind if tenant else None,
            "parent_id": tenant.parent_id if tenant else None,
            "status": self.status,
            "changed": self.changed,
            "actions": list(self.actions),
            "before": self.before.as_result(),
            "after": self.after.as_result(),
            "impact": self.impact.as_result() if self.impact else None,
            "changed_with": self.changed_with,
            "top_ancestor": top.id if top else None,
            "error": self.error.as_result() if self.error else None,
        }

    def as_line(self, seen: Snapshot, with_impact: bool) -> str:
        """Return a line for the diff."""
        kind, name = (self.tenant.kind, self.tenant.name) if self.tenant else ("tenant", self.desired.reference.text)
        version = "" if seen.version is None else f", version {seen.version}"
        tag = "" if seen.internal_tag is None else f", internal_tag {shown(seen.internal_tag)}"
        impact = f", with {self.impact.in_words()}" if with_impact and self.impact else ""
        state = seen.state or UNKNOWN_STATE
        return f"{kind} {shown(name)} ({self.tenant.id if self.tenant else '-'}): {state}{version}{tag}{impact}\n"


@dataclass
class Report:
    """What became of a task.

    return_unchanged: as the option of this name says. refusal: why the task as a whole went no further, if no
    tenant is to blame. trace: of an error in the collection itself.
    """

    targets: Sequence[Target] = ()
    return_unchanged: bool = True
    refusal: str | None = None
    warnings: list[str] = field(default_factory=list)
    trace: str | None = None

    @property
    def failure(self) -> str | None:
        """The message of a failed task: which tenants failed, grouped by the reason, and what to do; or None."""
        failed = [target for target in self.targets if target.error is not None]
        if not failed:
            return self.refusal
        groups: dict[tuple[str, str], list[Target]] = {}
        for target in failed:
            groups.setdefault((target.verdict, target.error.message if target.error else ""), []).append(target)
        parts = [self.refusal] if self.refusal else []
        left = MAX_NAMED
        for (verdict, reason), group in groups.items():
            if not left:
                break
            named = [target.subject for target in group[:left]]
            more = f" and {len(group) - len(named)} more" if len(group) > len(named) else ""
            verb, rest = verdict.split(" ", 1)
            verb = verb if len(group) == 1 else PLURAL[verb]
            parts.append(f"{', '.join(named)}{more} {verb} {rest}: {reason}")
            left -= len(named)
        summary = self._summary()
        changed = sum(target.changed for target in self.targets)
        others = f", {changed} changed, {summary['skipped']} not tried" if len(self.targets) > 1 else ""
        see = "; the others are in tenants" if len(failed) > MAX_NAMED else ""
        return f"{' '.join(parts)} ({len(failed)} of {len(self.targets)} failed{others}{see})"

    def as_result(self, diff: bool) -> dict[str, Any]:
        """Return what the module returns, in the same shape on success and failure."""
        changed = [target for target in self.targets if target.changed]
        told = [one for one in self.targets if self.return_unchanged or one.status != "unchanged"]
        result: dict[str, Any] = {
            "changed": bool(changed),
            "tenants": [target.as_result() for target in told],
            "summary": self._summary(),
        }
        if diff:
            result["diff"] = {
                "before": "".join(target.as_line(target.before, False) for target in changed),
                "after": "".join(target.as_line(target.after, True) for target in changed),
            }
        return result

    def _summary(self) -> dict[str, int]:
        counts = dict.fromkeys(("requested", *STATUSES), 0)
        for target in self.targets:
            counts["requested"] += 1
            counts[target.status] += 1
        return counts
