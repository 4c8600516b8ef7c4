# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a task, and how the module returns it. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils import _lifecycle as lifecycle
from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError, UnknownOutcomeError, clean
from ansible_collections.community.acronis.plugins.module_utils._impact import Impact
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import Action, View, Wanted
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant
from ansible_collections.community.acronis.plugins.module_utils._throttle import Retries

# Results of more entries than this leave out kind and parent_id: whoever stores what a task returns has limits.
FULL_RESULTS = 1000


@dataclass
class Outcome:
    """What became of one wish.

    impact: what the change reaches, if that was asked for. hint: what else may have been meant by a name that matches
    nothing. skipped: it was not tried because of another. along_with: the id of the tenant above whose change, in this
    task, brought this one's about.
    """

    wanted: Wanted
    tenant: Tenant | None = None
    before: View = lifecycle.UNKNOWN
    after: View = lifecycle.UNKNOWN
    actions: Sequence[Action] = ()
    error: AcronisError | None = None
    impact: Impact | None = None
    hint: str = ""
    skipped: bool = False
    along_with: str | None = None

    def see(self, tenant: Tenant | None) -> None:
        """Note the tenant as it was read before anything was written."""
        self.tenant = tenant
        self.before = self.after = lifecycle.view(tenant)

    @property
    def changed(self) -> bool:
        """Whether something was written, or would be; a write whose outcome is not known counts."""
        return bool(self.actions) or self.along_with is not None or isinstance(self.error, UnknownOutcomeError)

    @property
    def not_found(self) -> bool:
        """Whether an absence was asked for of something that was never seen."""
        return self.error is None and self.tenant is None

    @property
    def subject(self) -> str:
        """The tenant in a message, by name and id as far as they are known."""
        if self.tenant is not None:
            return f"tenant {clean(self.tenant.name, 80)!r} ({self.tenant.id})"
        label = {"id": "id", "name": "name", "customer_id": "customer id"}[self.wanted.reference.kind]
        return f"tenant with {label} {clean(self.wanted.reference.text, 80)!r}"

    def as_result(self, short: bool = False) -> dict[str, Any]:
        """Return the entry of `results`. short: without what the plan and its application can do without."""
        tenant = self.tenant
        reference = self.wanted.reference
        entry: dict[str, Any] = {
            "tenant": reference.text,
            "id": tenant.id if tenant else (reference.value if reference.kind == "id" else None),
            "name": tenant.name if tenant else (reference.value if reference.kind == "name" else None),
            **({} if short else {key: getattr(tenant, key, None) for key in ("kind", "parent_id")}),
            "changed": self.changed,
            "actions": list(self.actions),
            "before": self.before.as_result(),
            "after": self.after.as_result(),
        }
        if self.impact is not None:
            entry["impact"] = self.impact.as_result()
        if self.along_with is not None:
            entry["along_with"] = self.along_with
        if self.skipped:
            entry["skipped"] = True
        if self.error is not None:
            entry["error"] = self.error.as_result()
        return entry


@dataclass
class Report:
    """What became of a task.

    unchanged: whether the results show tenants that are as they were. refusal: why the task as a whole went no
    further, if no tenant is to blame.
    """

    outcomes: Sequence[Outcome] = ()
    unchanged: bool = True
    refusal: str | None = None
    warnings: list[str] = field(default_factory=list)
    retries: Retries = field(default_factory=Retries)
    trace: str | None = None

    @property
    def failure(self) -> str | None:
        """The message of a failed task: the first failed tenant, why, what to do, and how many failed; or None."""
        failed = [outcome for outcome in self.outcomes if outcome.error is not None]
        if not failed:
            return self.refusal
        before = f"{self.refusal} Besides, " if self.refusal else ""
        first = failed[0]
        verb = {"enabled": "enabled", "disabled": "disabled", "absent": "deleted"}[first.wanted.state]
        what = f"was not {verb}"
        unknown = isinstance(first.error, UnknownOutcomeError)
        if unknown and first.after.state is None:
            what = f"is in an unknown state and perhaps not {verb}"
        elif unknown or first.actions:
            what = f"is {first.after.state or 'in an unknown state'}, not {verb}"
        message = first.error.message if first.error else ""
        changed, skipped = (sum(flags) for flags in zip(*((o.changed, o.skipped) for o in self.outcomes), strict=True))
        others = f", {changed} changed, {skipped} not tried" if len(self.outcomes) > 1 else ""
        return f"{before}{first.subject} {what}: {message} ({len(failed)} of {len(self.outcomes)} failed{others})"

    def as_result(self, diff: bool, verbose: bool = False) -> dict[str, Any]:
        """Return what the module returns, in the same shape on success and failure; verbose: with each retry."""
        changed = [outcome for outcome in self.outcomes if outcome.changed]
        shown = [o for o in self.outcomes if self.unchanged or o.changed or o.skipped or o.error is not None]
        result: dict[str, Any] = {
            "changed": bool(changed),
            "results": [outcome.as_result(short=len(shown) > FULL_RESULTS) for outcome in shown],
            "summary": self._summary(),
        }
        if diff:
            rows = sorted(
                ((o.tenant.id, o.tenant.name, o.before, o.after) for o in changed if o.tenant is not None),
                key=lambda row: row[0],
            )
            result["diff"] = {
                "before": {key: {"name": name, **before.as_result()} for key, name, before, _after in rows},
                "after": {key: {"name": name, **after.as_result()} for key, name, _before, after in rows},
            }
        return result

    def _summary(self) -> dict[str, int]:
        counts = dict.fromkeys(("requested", "changed", "unchanged", "not_found", "failed", "skipped"), 0)
        for outcome in self.outcomes:
            counts["requested"] += 1
            if outcome.error is not None:
                counts["failed"] += 1
            elif outcome.skipped:
                counts["skipped"] += 1
            elif outcome.not_found:
                counts["not_found"] += 1
            else:
                counts["changed" if outcome.changed else "unchanged"] += 1
        return counts
