# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's tenants from the options to the report: resolve, read, plan all, then write."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils import _lifecycle as lifecycle
from ansible_collections.community.acronis.plugins.module_utils._auth import parse_uuid
from ansible_collections.community.acronis.plugins.module_utils._client import Retry
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    AuthError,
    InputError,
    UnknownOutcomeError,
    advise_after_suspension,
    clean,
)
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import Action, Facts, View, Wanted
from ansible_collections.community.acronis.plugins.module_utils._references import (
    Protection,
    check_text,
    parse_customer_id,
    parse_tenant,
    resolve,
    resolve_protection,
)
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant, TenantApi
from ansible_collections.community.acronis.plugins.module_utils._versioning import Progress, bring_about

# Retries that took longer than this in all, in seconds, are worth a warning.
SLOW_SECONDS = 5.0


@dataclass(frozen=True)
class Request:
    """What a task asks for: a wish for each tenant, in the order given, and where to look for them."""

    wishes: Sequence[Wanted]
    root_id: str | None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Request:
        """Check the options of tenant_state and return what they ask for; raise InputError for what no request could
        mend.
        """
        if params["tenant"] is not None:
            reference = parse_tenant(params["tenant"], "tenant")
        elif params["customer_id"] is not None:
            reference = parse_customer_id(params["customer_id"], "customer_id")
        else:
            raise InputError("tenant: it has no value, nor has customer_id; one of them is required.")
        if params["expected_name"] is not None:
            check_text(params["expected_name"], "expected_name")
        # A comma-separated list comes with the blanks behind its commas.
        protected = [entry.strip() for entry in params["protected_tenants"] or []]
        for number, entry in enumerate(protected):
            parse_tenant(entry, f"protected_tenants[{number}]")
        wanted = Wanted(
            state=params["state"],
            reference=reference,
            expected_name=params["expected_name"],
            expected_version=params["expected_version"],
            protected_tenants=tuple(protected),
            delete_descendants=params["delete_descendants"],
            restore_deleted=params["restore_deleted"],
        )
        root_id = params["subtree_root_id"]
        return cls([wanted], None if root_id is None else parse_uuid(root_id, "subtree_root_id"))


@dataclass
class Outcome:
    """What became of one wish."""

    wanted: Wanted
    tenant: Tenant | None = None
    before: View = lifecycle.UNKNOWN
    after: View = lifecycle.UNKNOWN
    actions: Sequence[Action] = ()
    error: AcronisError | None = None

    def see(self, tenant: Tenant | None) -> None:
        """Note the tenant as it was read before anything was written."""
        self.tenant = tenant
        self.before = self.after = lifecycle.view(tenant)

    @property
    def changed(self) -> bool:
        """Whether something was written, or would be; a write whose outcome is not known counts."""
        return bool(self.actions) or isinstance(self.error, UnknownOutcomeError)

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

    def as_result(self) -> dict[str, Any]:
        """Return the entry of `results`."""
        tenant = self.tenant
        reference = self.wanted.reference
        entry: dict[str, Any] = {
            "tenant": reference.text,
            "id": tenant.id if tenant else (reference.value if reference.kind == "id" else None),
            "name": tenant.name if tenant else (reference.value if reference.kind == "name" else None),
            "kind": tenant.kind if tenant else None,
            "parent_id": tenant.parent_id if tenant else None,
            "changed": self.changed,
            "actions": list(self.actions),
            "before": self.before.as_result(),
            "after": self.after.as_result(),
        }
        if self.error is not None:
            entry["error"] = self.error.as_result()
        return entry


@dataclass
class Report:
    """What became of a task."""

    outcomes: Sequence[Outcome] = ()
    warnings: list[str] = field(default_factory=list)
    retries: Sequence[Retry] = ()
    trace: str | None = None

    @property
    def failure(self) -> str | None:
        """The message of a failed task: the first failed tenant, why, what to do, and how many failed; or None."""
        failed = [outcome for outcome in self.outcomes if outcome.error is not None]
        if not failed:
            return None
        first = failed[0]
        verb = {"enabled": "enabled", "disabled": "disabled", "absent": "deleted"}[first.wanted.state]
        what = f"was not {verb}"
        if isinstance(first.error, UnknownOutcomeError):
            what = f"is in an unknown state and perhaps not {verb}"
        elif first.actions:
            what = f"is {first.after.state or 'in an unknown state'}, not {verb}"
        message = first.error.message if first.error else ""
        return f"{first.subject} {what}: {message} ({len(failed)} of {len(self.outcomes)} failed)"

    def as_result(self, diff: bool, verbose: bool = False) -> dict[str, Any]:
        """Return what the module returns, in the same shape on success and failure; verbose: with each retry."""
        changed = [outcome for outcome in self.outcomes if outcome.changed]
        result: dict[str, Any] = {
            "changed": bool(changed),
            "results": [outcome.as_result() for outcome in self.outcomes],
            "summary": self._summary(),
        }
        if verbose and self.retries:
            result["retries"] = [retry.as_result() for retry in self.retries]
        if diff:
            shown = sorted(
                ((o.tenant.id, o.tenant.name, o.before, o.after) for o in changed if o.tenant is not None),
                key=lambda row: row[0],
            )
            result["diff"] = {
                "before": {key: {"name": name, **before.as_result()} for key, name, before, _after in shown},
                "after": {key: {"name": name, **after.as_result()} for key, name, _before, after in shown},
            }
        return result

    def _summary(self) -> dict[str, int]:
        counts = dict.fromkeys(("requested", "changed", "unchanged", "not_found", "failed", "skipped"), 0)
        for outcome in self.outcomes:
            counts["requested"] += 1
            if outcome.error is not None:
                counts["failed"] += 1
            elif outcome.not_found:
                counts["not_found"] += 1
            else:
                counts["changed" if outcome.changed else "unchanged"] += 1
        return counts


def run(api: TenantApi, request: Request, check_mode: bool) -> Report:
    """Bring the tenants to the wanted states, in check mode only as far as the plan, and report on each."""
    report = Report([Outcome(wanted) for wanted in request.wishes], retries=api.retries)
    for outcome in report.outcomes:
        try:
            _carry_out(api, request.root_id, outcome, check_mode, report.warnings)
        except AcronisError as error:
            outcome.error = error
            cut_off = isinstance(error, AuthError) or isinstance(error.__cause__, AuthError)
            if cut_off and outcome.changed and outcome.wanted.state != "enabled":
                advise_after_suspension(error)
        except Exception as error:  # whatever it is, what was done before must be told
            report.trace = traceback.format_exc()
            outcome.error = AcronisError(
                f"an error in community.acronis itself ({type(error).__name__}: {clean(error)}); please report it."
            )
    waited = sum(retry.seconds for retry in report.retries)
    if waited > SLOW_SECONDS:
        reasons = ", ".join(dict.fromkeys(clean(retry.error.message, 80) for retry in report.retries))
        report.warnings.append(
            f"the platform was slow: {len(report.retries)} requests were repeated, "
            f"with {waited:.0f} seconds of waiting ({clean(reasons)})"
        )
    return report


def _carry_out(api: TenantApi, root_id: str | None, outcome: Outcome, check_mode: bool, warnings: list[str]) -> None:
    wanted = outcome.wanted
    tenant = resolve(api, wanted.reference, root_id)
    outcome.see(tenant)
    tenant = _settled(api, wanted, tenant)
    outcome.see(tenant)

    def look(wish: Wanted, now: Tenant | None) -> Facts:
        return gather(api, root_id, wish, now, warnings)

    facts = look(wanted, tenant)
    actions = lifecycle.plan(wanted, tenant, facts)
    if tenant is None:
        if wanted.reference.kind != "id":
            warnings.append(
                f"no {outcome.subject} was found; since it is wanted absent, nothing was done. Check the spelling."
            )
        return
    if check_mode or not actions:
        outcome.actions, outcome.after = actions, lifecycle.predict(tenant, actions)
        return
    progress = Progress(lifecycle.view(tenant))
    try:
        bring_about(api, wanted, tenant, facts, look, progress)
    finally:
        outcome.actions, outcome.after = progress.actions, progress.view


def _settled(api: TenantApi, wanted: Wanted, tenant: Tenant | None) -> Tenant | None:
    """Return the tenant when the platform has finished what it is at, or as it is when the time for retries is over."""
    backoff = api.backoff()
    busy = AcronisError("the platform is restoring the tenant.", retryable=True)
    while tenant is not None and lifecycle.must_wait(wanted, tenant) and backoff.wait(busy):
        tenant = api.get(tenant.id)
    return tenant


def gather(api: TenantApi, root_id: str | None, wanted: Wanted, tenant: Tenant | None, warnings: list[str]) -> Facts:
    """Ask for the facts that the guards need about the tenant, and for no others. Raises AcronisError."""
    wants = lifecycle.needs(wanted, tenant)
    if tenant is None:
        return Facts()
    own_id = api.own_tenant_id if wants.owner else None
    own = False
    if wants.owner:
        # Whom a given token belongs to is not known for sure. A client sees its own tenant and what is below it, so
        # only its own has no visible parent.
        own = tenant.id == own_id or (api.has_foreign_token and not _parent_visible(api, tenant))
    protection = Protection({})
    if wants.protection:
        protection = resolve_protection(api, wanted.protected_tenants, own_id or root_id or tenant.id)
        # Below the tenant alone a protected tenant may well be missing.
        for entry in protection.missing if own_id or root_id else ():
            text = f"protected_tenants: no tenant matches {clean(entry)!r}, so it protects nothing; check the spelling."
            if text not in warnings:
                warnings.append(text)
    may_hide = protection.missing and (tenant.has_children or tenant.hides_children)
    descendants = None
    if wants.descendants or may_hide:
        descendants = [below for below in api.subtree(tenant.id) if below.id != tenant.id and below.deleted_at is None]
    hidden = may_hide and any(one.hides_children for one in [tenant, *(descendants or ())])
    unseen = protection.missing[0] if hidden else None
    return Facts(own_id, own, protection.reason(tenant.id), unseen, descendants)


def _parent_visible(api: TenantApi, tenant: Tenant) -> bool:
    if tenant.parent_id == tenant.id:
        return False
    try:
        return bool(api.batch([tenant.parent_id]))
    except AcronisError as error:
        if error.status in (403, 404):
            return False
        raise
