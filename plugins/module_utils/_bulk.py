# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's tenants from the options to the report: resolve, read, plan all, then write."""

from __future__ import annotations

import traceback

from ansible_collections.community.acronis.plugins.module_utils import _lifecycle as lifecycle
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    AuthError,
    advise_after_suspension,
    clean,
)
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import Facts, Wanted
from ansible_collections.community.acronis.plugins.module_utils._references import (
    Protection,
    resolve,
    resolve_protection,
)
from ansible_collections.community.acronis.plugins.module_utils._results import Outcome, Report
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant, TenantApi
from ansible_collections.community.acronis.plugins.module_utils._versioning import Progress, bring_about
from ansible_collections.community.acronis.plugins.module_utils._wishes import Request

# Retries that took longer than this in all, in seconds, are worth a warning.
SLOW_SECONDS = 5.0


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
