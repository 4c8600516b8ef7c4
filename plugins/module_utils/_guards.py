# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guards must know besides the tenants themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ansible_collections.community.acronis.plugins.module_utils import _rules as rules
from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError, InputError
from ansible_collections.community.acronis.plugins.module_utils._lookup import (
    Protection,
    ancestries,
    fetch_visible,
    is_within,
    renew_protection,
    resolve_protection,
)
from ansible_collections.community.acronis.plugins.module_utils._pool import Lazy
from ansible_collections.community.acronis.plugins.module_utils._rules import Desired, DesiredState, GuardData
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant, TenantApi
from ansible_collections.community.acronis.plugins.module_utils._text import shown
from ansible_collections.community.acronis.plugins.module_utils._tree import TenantTree


class Guards:
    """Asks for what the guards need, and for nothing else. What holds for all tenants of a task is asked for once."""

    def __init__(
        self,
        api: TenantApi,
        root_id: str | None,
        tree: TenantTree,
        warn: Callable[[str], object],
        states: Mapping[str, DesiredState],
    ) -> None:
        """root_id: where names are looked up. tree: what was read so far, with what is above the tenants that are to
        be enabled. warn: takes a warning to the user. states: what the task wants, by the IDs of its tenants.
        """
        self._api = api
        self._root_id = root_id
        self._tree = tree
        self._warn = warn
        self._states = states
        self._protection: Lazy[Protection] | None = None
        # As it was resolved first, which is what can be renewed.
        self._resolved: Lazy[Protection] | None = None
        self._lock = threading.Lock()
        self._parents: dict[str, Lazy[bool]] = {}
        # By ID what was below tenants when that was listed for them last.
        self._listed_below: dict[str, Sequence[Tenant]] = {}

    def data(
        self, desired: Desired, tenant: Tenant | None, *, conflict: bool = False, again: bool = False
    ) -> GuardData:
        """Return what the guards need to know about the tenant.

        conflict: somebody else has changed the tenant, so read everything anew. again: read anew what may have been
        made or moved below it. Raises AcronisError.
        """
        if tenant is None:
            return GuardData()
        wants = rules.needs(desired, tenant)
        own_id = self._api.own_tenant_id if wants.owner else None
        # Whom a given token belongs to is not known for sure. A client sees its own tenant and what is below it, so
        # only its own has no visible parent.
        own = wants.owner and (
            tenant.id == own_id or (self._api.has_foreign_token and not self._is_parent_visible(tenant))
        )
        protection = Protection({})
        # The rules know by themselves whether the tenant itself is protected.
        if wants.protection:
            protection = self._protection_of(desired, own_id or self._root_id)()
            if conflict and tenant.may_have_descendants:
                protection = renew_protection(self._api, protection)
        may_hide = bool(protection.missing) and tenant.may_have_descendants
        below: Sequence[Tenant] | None = None
        # Others of the task may have been moved below it, whatever it allows to be deleted.
        looks_below = wants.descendants or (again and wants.deleted_with and len(self._states) > 1)
        if looks_below or (may_hide and desired.unmatched_protection == "warn"):
            below = self._below(tenant, conflict, again)
        descendants = below and [one for one in below if rules.displayed_state(one) != "deleted"]
        return GuardData(
            own_tenant_id=own_id,
            own=own,
            protected_by=protection.reason(tenant.id),
            unmatched=next(iter(protection.missing), None),
            hidden=may_hide and any(one.hides_children for one in [tenant, *(descendants or ())]),
            disabled_ancestor=self._disabled_ancestor(tenant, conflict) if wants.ancestors else None,
            descendants=descendants,
            going=len(descendants or ()) < len(below or ()),
            outside=self._root_id if again and self._has_left(tenant) else None,
        )

    def renew_protection(self) -> None:
        """Have it read anew, when it is needed next, which tenants are protected: they may have been moved."""
        resolved = self._resolved
        if resolved is not None:
            self._protection = Lazy(lambda: renew_protection(self._api, resolved()))

    def _protection_of(self, desired: Desired, root_id: str | None) -> Lazy[Protection]:
        if root_id is None:
            raise InputError(
                "protected_tenants: with access_token alone, they are looked up below subtree_root_id; give it, or "
                "give client_id too."
            )
        with self._lock:
            if self._protection is None:
                self._protection = self._resolved = Lazy(partial(self._resolve_protection, desired, root_id))
            return self._protection

    def _resolve_protection(self, desired: Desired, root_id: str) -> Protection:
        protection = resolve_protection(self._api, desired.protected_tenants.entries, root_id, self._tree)
        for entry in protection.missing if desired.unmatched_protection == "warn" else ():
            self._warn(
                f"protected_tenants: no tenant matches {shown(entry)}, so it protects nothing; check the spelling."
            )
        return protection

    def _below(self, tenant: Tenant, conflict: bool, again: bool) -> Sequence[Tenant]:
        """Return the tenants below the tenant, personal ones and those that are being deleted among them, as they are
        now. Raises AcronisError.

        Personal ones come and go with the users, so where there are no others, the first look is enough.
        """
        below = self._listed_below.get(tenant.id)
        if below is None and self._tree.covers(tenant.id):
            below = _not_deleted(self._tree.below(tenant.id))
        is_personal = bool(below) and all(one.personal for one in below or ())
        if below is None or conflict or (again and not is_personal):
            below = self._listed_below[tenant.id] = _not_deleted(self._list_below(tenant))
        return below

    def _list_below(self, tenant: Tenant) -> Sequence[Tenant]:
        try:
            return [below for below in self._api.subtree(tenant.id) if below.id != tenant.id]
        except AcronisError as error:
            # The platform may say so instead of showing nothing. Nothing shown stands against a deletion as well.
            if tenant.hides_children and error.refuses(403):
                return []
            raise

    def _disabled_ancestor(self, tenant: Tenant, conflict: bool) -> Tenant | None:
        """Return the nearest tenant above that is disabled and, as far as can be foreseen, stays so."""
        nearest = None
        chain = ancestries(self._api, [tenant.id]).get(tenant.id, []) if conflict else self._tree.chain(tenant.id)
        for one in reversed([one for one in chain[1:] if not one.enabled]):
            if self._states.get(one.id) == "enabled":
                # What is below it may come back with it. That is looked at when it has.
                return None
            nearest = one
        return nearest

    def _has_left(self, tenant: Tenant) -> bool:
        """Whether the tenant was moved out of the subtree that was given. It was in there when it was first read."""
        first = self._tree.get(tenant.id)
        if self._root_id is None or (first is not None and first.parent_id == tenant.parent_id):
            return False
        return not is_within(self._api, tenant, self._root_id)

    def _is_parent_visible(self, tenant: Tenant) -> bool:
        parent_id = tenant.parent_id
        if parent_id == tenant.id:
            return False
        if parent_id in self._tree:
            return True
        return self._parents.setdefault(parent_id, Lazy(lambda: bool(fetch_visible(self._api, [parent_id]))))()


def _not_deleted(tenants: Sequence[Tenant]) -> Sequence[Tenant]:
    return [one for one in tenants if one.deleted_at is None]
