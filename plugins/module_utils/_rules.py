# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules: what is done to a tenant so that it is as desired, and what stands against it. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from ansible_collections.community.acronis.plugins.module_utils._errors import (
    NotFoundError,
    RefusedError,
    clean,
    listed,
    outside_of,
)
from ansible_collections.community.acronis.plugins.module_utils._impact import Impact, count_kinds, growth
from ansible_collections.community.acronis.plugins.module_utils._references import (
    NOT_PROTECTED,
    ProtectedEntries,
    Reference,
)
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant
from ansible_collections.community.acronis.plugins.module_utils._text import canonical, shown

DesiredState = Literal["enabled", "disabled", "absent"]
DisplayedState = Literal["enabled", "disabled", "deleted", "absent"]
Action = Literal["restore", "enable", "disable", "delete"]

STATES: Sequence[DesiredState] = get_args(DesiredState)

# The desired state that a tenant in this state fulfills.
FULFILLS: Mapping[DisplayedState, DesiredState] = {
    "enabled": "enabled",
    "disabled": "disabled",
    "deleted": "absent",
    "absent": "absent",
}

# What the platform shows while it carries out a deletion or a restoration (vendor's OpenAPI document).
DELETING = "deleting"
RECOVERING = "recovering"


@dataclass(frozen=True)
class Desired:
    """What a task asks of one tenant, as the options of the same names say.

    expected_absent, expected_deleted: it is about an entry of a plan, which was made when there was no such
    tenant, or when it was deleted. reviewed: what the plan said that the change reaches.
    """

    state: DesiredState
    reference: Reference
    expected_name: str | None = None
    expected_version: int | None = None
    expected_internal_tag: str | None = None
    internal_tag: str | None = None
    protected_tenants: ProtectedEntries = NOT_PROTECTED
    unmatched_protection: Literal["fail", "warn"] = "fail"
    delete_descendants: bool = False
    restore_deleted: bool = False
    expected_absent: bool = False
    expected_deleted: bool = False
    reviewed: Impact | None = None

    @property
    def takes_away(self) -> bool:
        """Whether the tenant is to lose its service, against which it may be protected."""
        return self.state != "enabled"

    @property
    def revives(self) -> bool:
        """Whether a deleted tenant is to be restored."""
        return self.restore_deleted and self.state != "absent"

    @property
    def is_reviewed_deletion(self) -> bool:
        """Whether no more may be deleted than what was reviewed."""
        return self.reviewed is not None and self.state == "absent"


@dataclass(frozen=True)
class Needs:
    """What the guards ask for besides the tenant itself, each of them a request or more.

    descendants: all of them. deleted_with: only those that the task names as well, and that a deletion takes along.
    """

    owner: bool = False
    protection: bool = False
    descendants: bool = False
    deleted_with: bool = False
    ancestors: bool = False


@dataclass(frozen=True)
class GuardData:
    """What is known besides the tenant itself. None: not asked for.

    own_tenant_id: where the API client lives, None also when only an access token is known.
    own: whether the tenant is that one.
    protected_by: the entry of protected_tenants that names the tenant or one below it.
    unmatched: an entry of protected_tenants that names no tenant that is shown.
    hidden: whether something below the tenant hides itself, so that an unmatched entry may name it.
    disabled_ancestor: the nearest tenant above that is disabled, and not to be enabled by the same task.
    descendants: all that is shown below it, without what is deleted before it by the same task, or being deleted now.
    going: whether something was left out for this reason.
    staying: a tenant of the same task, in words, that is below this one and is not deleted before it.
    outside: subtree_root_id, when the tenant has left what is below that one.
    """

    own_tenant_id: str | None = None
    own: bool = False
    protected_by: str | None = None
    unmatched: str | None = None
    hidden: bool = False
    disabled_ancestor: Tenant | None = None
    descendants: Sequence[Tenant] | None = None
    going: bool = False
    staying: str | None = None
    outside: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """The state, as a result shows it. All None: it is not known. internal_tag: None also when it is empty."""

    state: DisplayedState | None
    version: int | None
    internal_tag: str | None = None

    def as_result(self) -> dict[str, Any]:
        """Return the snapshot as it stands in a result."""
        return asdict(self)


UNKNOWN = Snapshot(None, None)


def displayed_state(tenant: Tenant | None) -> DisplayedState:
    """Return the state that the platform shows. A tenant that it is deleting counts as deleted."""
    if tenant is None:
        return "absent"
    if tenant.deleted_at is not None or tenant.operation == DELETING:
        return "deleted"
    return "enabled" if tenant.enabled else "disabled"


def snapshot(tenant: Tenant | None) -> Snapshot:
    """Return what a result shows of the tenant."""
    if tenant is None:
        return Snapshot("absent", None)
    return Snapshot(displayed_state(tenant), tenant.version, tenant.internal_tag)


def predict(tenant: Tenant | None, actions: Sequence[Action], internal_tag: str | None = None) -> Snapshot:
    """Return what the tenant will look like after the actions; the version a write sets is not known before.

    internal_tag: what is written with the state, if anything is.
    """
    if tenant is None or not actions:
        return snapshot(tenant)
    is_written = internal_tag is not None and ("enable" in actions or "disable" in actions)
    tag = internal_tag or None if is_written else tenant.internal_tag
    last = actions[-1]
    if last == "delete":
        return Snapshot("deleted", None, tag)
    return Snapshot("enabled" if last == "enable" else "disabled", None, tag)


def actions_for(state: DesiredState, tenant: Tenant | None, restore_deleted: bool = False) -> Sequence[Action]:
    """Return what is still to be done, in order. A deletion needs a disabled tenant (platform code 1006).

    Raises NotFoundError when the tenant is gone and should not be.
    """
    shown = displayed_state(tenant)
    if state == "absent":
        rest: dict[DisplayedState, Sequence[Action]] = {"enabled": ("disable", "delete"), "disabled": ("delete",)}
        return rest.get(shown, ())
    if tenant is None:
        raise NotFoundError(
            "there is no such tenant below the API client's own tenant, or it was deleted permanently; check the "
            "spelling and the data center."
        )
    if shown == "deleted" and tenant.deleted_at is not None and restore_deleted:
        # The vendor does not say how a tenant comes back. It went disabled.
        return ("restore", "enable") if state == "enabled" else ("restore",)
    if shown == "deleted":
        when = f"was deleted at {clean(tenant.deleted_at, 40)}" if tenant.deleted_at else "is being deleted"
        raise NotFoundError(
            f"it {when}; set restore_deleted to true to restore it, which is possible for 30 days after the deletion."
        )
    if shown == state:
        return ()
    return ("enable",) if state == "enabled" else ("disable",)


def guard_contradiction(below: DesiredState, above: DesiredState, above_subject: str) -> None:
    """Raise RefusedError when the desired states of a tenant and of one above it cannot both be reached."""
    if (above == "absent" and below != "absent") or (above == "disabled" and below == "enabled"):
        raise RefusedError(
            f"it is to be {below}, but {above_subject} above it is to be {above} in the same task; name only one of "
            "the two."
        )


def reaches_below(desired: Desired, tenant: Tenant, impact: bool) -> bool:
    """Whether it matters what is below the tenant: for a deletion, or because it and the users are to be counted."""
    if tenant.deleted_at is not None or displayed_state(tenant) == desired.state:
        return False
    return impact or desired.is_reviewed_deletion or (desired.state == "absent" and tenant.may_have_descendants)


def must_wait(desired: Desired, tenant: Tenant) -> bool:
    """Whether the platform must finish restoring the tenant before anything can be said or done."""
    return tenant.operation == RECOVERING and (
        tenant.deleted_at is not None or bool(actions_for(desired.state, tenant))
    )


def needs(desired: Desired, tenant: Tenant | None) -> Needs:
    """Return what the guards need to know before anything is written. Nothing to write: nothing to ask."""
    try:
        actions = actions_for(desired.state, tenant, desired.restore_deleted)
    except NotFoundError:  # the plan says so
        return Needs()
    if tenant is None or not actions:
        return Needs()
    counts = desired.is_reviewed_deletion or (desired.state == "absent" and not desired.delete_descendants)
    return Needs(
        owner=desired.takes_away or tenant.lock_owner_id is not None,
        protection=desired.takes_away and bool(desired.protected_tenants.entries),
        descendants=counts and tenant.may_have_descendants,
        deleted_with=desired.state == "absent" and tenant.may_have_descendants,
        ancestors=not desired.takes_away,
    )


def plan(desired: Desired, tenant: Tenant | None, data: GuardData) -> Sequence[Action]:
    """Return the actions that bring the tenant to the desired state, or raise what stands against them.

    Pure: the same tenant and guard data give the same plan, in check mode and before each write alike.
    """
    if tenant is not None:
        _guard_identity(desired, tenant)
        _guard_protection(desired, tenant)
        if must_wait(desired, tenant):
            raise RefusedError("the platform is restoring it; run the task again when that is complete.")
    actions = actions_for(desired.state, tenant, desired.restore_deleted)
    if tenant is not None and actions:
        if data.outside is not None:
            raise outside_of(data.outside)
        _guard_revision(desired, tenant)
        if desired.takes_away:
            _guard_own_tenant(data)
            _guard_protection_below(desired, data)
        _guard_lock(tenant, data)
        _guard_ancestors(desired, data)
        if desired.state == "absent" and tenant.may_have_descendants:
            _guard_descendants(desired, tenant, data)
    return actions


def _guard_identity(desired: Desired, tenant: Tenant) -> None:
    if not desired.reference.matches(tenant):
        raise RefusedError(
            f"it is no longer the tenant with {desired.reference.kind} {shown(desired.reference.value)}; check which "
            "one you mean."
        )
    if desired.expected_name is not None and canonical(tenant.name) != canonical(desired.expected_name):
        raise RefusedError(
            f"its name is {shown(tenant.name)}, not {shown(desired.expected_name)} (expected_name); check which one "
            "you mean."
        )


def _guard_protection(desired: Desired, tenant: Tenant) -> None:
    entry = desired.protected_tenants.naming(tenant) if desired.takes_away else None
    if entry is not None:
        raise RefusedError(
            f"it is protected (protected_tenants: {shown(entry.text)}); leave it out of the task, or remove the entry."
        )


def _guard_revision(desired: Desired, tenant: Tenant) -> None:
    if desired.expected_absent:
        raise RefusedError("there was no such tenant when the plan was made; review it and plan it again.")
    if desired.expected_deleted and tenant.deleted_at is None:
        raise RefusedError("the plan shows it as deleted, but it is not; review it and plan it again.")
    if desired.expected_version is not None and tenant.version != desired.expected_version:
        raise RefusedError(
            f"its version is {tenant.version}, not {desired.expected_version} (expected_version): it was changed "
            "since; review it and plan it again."
        )
    if desired.expected_internal_tag is not None and not has_tag(tenant, desired.expected_internal_tag):
        raise RefusedError(
            f"its internal_tag is {shown(tenant.internal_tag or '')}, not {shown(desired.expected_internal_tag)} "
            "(expected_internal_tag), so it is used for something else; check what has set it."
        )


def _guard_own_tenant(data: GuardData) -> None:
    if data.own:
        raise RefusedError(
            "it is the API client's own tenant, and the client would stop working with it; use the management portal, "
            "or an API client of a tenant above it."
        )


def _guard_protection_below(desired: Desired, data: GuardData) -> None:
    if data.protected_by is not None:
        raise RefusedError(
            f"a tenant below it is protected (protected_tenants: {shown(data.protected_by)}); leave it out of the "
            "task, or remove the entry."
        )
    if data.unmatched is not None and desired.unmatched_protection == "fail":
        raise RefusedError(
            f"protected_tenants: no tenant matches {shown(data.unmatched)}, so the entry would protect nothing; "
            "correct it, or set unmatched_protection to warn."
        )
    if data.unmatched is not None and data.hidden:
        raise RefusedError(
            f"protected_tenants: no visible tenant matches {shown(data.unmatched)}, and some descendants of "
            "this tenant are hidden from administrators above, so the protected tenant may be one of them; correct "
            "the entry."
        )


def _guard_lock(tenant: Tenant, data: GuardData) -> None:
    owner = tenant.lock_owner_id
    if owner is None or (owner and owner == data.own_tenant_id):
        return
    # With an access token alone it is not known who we are; then the platform decides.
    if data.own_tenant_id is None and not data.own:
        return
    raise RefusedError(
        f"it is locked by tenant {clean(owner, 40) or 'unknown'} (update_lock), which alone may change it; ask its "
        "administrator to remove the lock."
    )


def _guard_ancestors(desired: Desired, data: GuardData) -> None:
    above = data.disabled_ancestor
    if desired.state == "enabled" and above is not None:
        raise RefusedError(
            f"{above.kind} tenant {shown(above.name)} ({above.id}) above it is disabled; enable that one first, or in "
            "the same task."
        )


def _guard_descendants(desired: Desired, tenant: Tenant, data: GuardData) -> None:
    found = data.descendants or ()
    if data.staying is not None:
        raise RefusedError(f"{data.staying} of the same task is below it and would be deleted with it.")
    if desired.reviewed is not None:
        more = growth(desired.reviewed, replace(desired.reviewed, sub_tenants=count_kinds(found)))
        if more:
            raise RefusedError(f"more is below it than was reviewed ({more}); plan it again.")
    if desired.delete_descendants:
        return
    counted = [below for below in found if not below.personal]
    if counted:
        names = listed([shown(below.name, 60) for below in counted], 3)
        why = f"it has {len(counted)} sub-tenant{'s' if len(counted) > 1 else ''} ({names}) that"
    elif tenant.hides_children:
        why = "it hides its descendants from administrators above (ancestral_access); they"
    elif not found and not data.going:
        why = "the platform reports sub-tenants but does not list them; they"
    else:
        return
    raise RefusedError(f"{why} would be deleted with it. Set delete_descendants to true to allow this.")


def is_as_desired(desired: Desired, seen: Snapshot) -> bool:
    """Whether the tenant, as it was seen, is in the desired state."""
    return seen.state is not None and FULFILLS[seen.state] == desired.state


def has_tag(tenant: Tenant, internal_tag: str) -> bool:
    """Whether the field has this text, of which the empty one stands for an empty field."""
    return canonical(tenant.internal_tag or "") == canonical(internal_tag)


def after_own_tag(desired: Desired) -> Desired:
    """Return what is desired as it stands once its internal_tag was written: the one expected is no more."""
    expected = None if desired.expected_internal_tag is None else desired.internal_tag
    return replace(desired, expected_internal_tag=expected)


def after_own_write(desired: Desired, tenant: Tenant) -> Desired:
    """Return what is desired as it stands after a write of ours: what was expected spoke of the time before it."""
    version = None if desired.expected_version is None else tenant.version
    return replace(desired, expected_version=version, expected_deleted=False)


def after_change_above(desired: Desired, before: Tenant, now: Tenant | None) -> Desired:
    """Return what is desired as it stands after a change of ours to a tenant above, which may have reached this one.

    If nothing differs but what such a change may touch, it counts as our own write.
    """
    if now is None or desired.expected_version not in (None, before.version):
        return desired
    reached = replace(
        before,
        version=now.version,
        enabled=now.enabled,
        deleted_at=now.deleted_at,
        has_children=now.has_children,
        operation=now.operation,
    )
    return after_own_write(desired, now) if reached == now else desired


def took_effect(action: Action, before: Tenant, now: Tenant | None, internal_tag: str | None = None) -> bool:
    """Whether what is read now shows a write that was sent for before, and whose answer was lost.

    internal_tag: what was written with the state. A state without it is another administrator's doing.
    """
    if action == "delete":
        return displayed_state(now) in ("deleted", "absent")
    if action == "restore":
        return now is not None and (now.operation == RECOVERING or displayed_state(now) in ("enabled", "disabled"))
    return (
        now is not None
        and displayed_state(now) == ("enabled" if action == "enable" else "disabled")
        and now.version != before.version
        and (internal_tag is None or has_tag(now, internal_tag))
    )
