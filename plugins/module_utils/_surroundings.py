# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guards must know besides the tenants themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from ansible_collections.community.acronis.plugins.module_utils import _lifecycle as lifecycle
from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError, InputError
from ansible_collections.community.acronis.plugins.module_utils._forest import Forest
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import Facts, Wanted
from ansible_collections.community.acronis.plugins.module_utils._references import ProtectedEntry
from ansible_collections.community.acronis.plugins.module_utils._resolve import (
    Protection,
    is_within,
    renew_protection,
    resolve_protection,
    visible,
)
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant, TenantApi
from ansible_collections.community.acronis.plugins.module_utils._text import shown
from ansible_collections.community.acronis.plugins.module_utils._workers import Once


class Surroundings:
    """Asks for what the guards need, and for nothing else. What holds for all tenants of a task is asked for once."""

    def __init__(
        self,
        api: TenantApi,
        root_id: str | None,
        forest: Forest,
        warn: Callable[[str], object],
        to_be_enabled: Collection[str] = (),
    ) -> None:
        """root_id: where names are looked up. forest: what was read so far, with what is above the tenants that are to
        be enabled. warn: takes a warning to the user. to_be_enabled: IDs of the tenants that the task wants enabled.
        """
        self._api = api
        self._root_id = root_id
        self._forest = forest
        self._warn = warn
        self._to_be_enabled = to_be_enabled
        self._protections: dict[tuple[tuple[ProtectedEntry, ...], str], Once[Protection]] = {}
        self._parents: dict[str, Once[bool]] = {}

    def facts(self, wanted: Wanted, tenant: Tenant | None, again: bool = False) -> Facts:
        """Return the facts that the guards need about the tenant. again: read anew what may have changed around it.

        Raises AcronisError.
        """
        if tenant is None:
            return Facts()
        wants = lifecycle.needs(wanted, tenant)
        own_id = self._api.own_tenant_id if wants.owner else None
        # Whom a given token belongs to is not known for sure. A client sees its own tenant and what is below it, so
        # only its own has no visible parent.
        own = wants.owner and (
            tenant.id == own_id or (self._api.has_foreign_token and not self._is_parent_visible(tenant))
        )
        protection = Protection({})
        # The rules know by themselves whether the tenant itself is protected.
        if wants.protection:
            protection = self._protection(wanted, own_id or self._root_id, again and tenant.may_have_descendants)
            for entry in protection.missing if wanted.unmatched_protection == "warn" else ():
                self._warn(
                    f"protected_tenants: no tenant matches {shown(entry)}, so it protects nothing; check the spelling."
                )
        may_hide = bool(protection.missing) and tenant.may_have_descendants
        descendants = None
        if wants.descendants or (may_hide and wanted.unmatched_protection == "warn"):
            known = not again and self._forest.covers(tenant.id)
            below = self._forest.below(tenant.id) if known else self.below(tenant)
            descendants = [one for one in below if one.deleted_at is None]
        return Facts(
            own_tenant_id=own_id,
            own=own,
            protected_by=protection.reason(tenant.id),
            unmatched=next(iter(protection.missing), None),
            hidden=may_hide and any(one.hides_children for one in [tenant, *(descendants or ())]),
            # Later the platform says so itself (code 1003), and a request for each tenant is saved.
            disabled_ancestor=self._disabled_ancestor(tenant) if wants.ancestors and not again else None,
            descendants=descendants,
            outside=self._root_id if again and self._has_left(tenant) else None,
        )

    def _protection(self, wanted: Wanted, root_id: str | None, again: bool) -> Protection:
        entries = tuple(wanted.protected_tenants)
        if root_id is None:
            raise InputError(
                "protected_tenants: they are looked up below subtree_root_id with access_token alone; give it, or give "
                "client_id too."
            )
        ask = partial(resolve_protection, self._api, entries, root_id, self._forest)
        known = self._protections.setdefault((entries, root_id), Once(ask))()
        return renew_protection(self._api, known) if again else known

    def below(self, tenant: Tenant) -> Sequence[Tenant]:
        """Return what the platform lists below the tenant now. Raises AcronisError."""
        try:
            return [below for below in self._api.subtree(tenant.id) if below.id != tenant.id]
        except AcronisError as error:
            # The platform may say so instead of showing nothing. Nothing shown stands against a deletion as well.
            if tenant.hides_children and error.refuses(403):
                return []
            raise

    def _disabled_ancestor(self, tenant: Tenant) -> Tenant | None:
        """Return the nearest tenant above that is disabled and, as far as can be foreseen, stays so."""
        nearest = None
        for one in reversed([one for one in self._forest.chain(tenant.id)[1:] if not one.enabled]):
            if one.id in self._to_be_enabled:
                # What is below it may come back with it, or not; then the platform says so (code 1003).
                return None
            nearest = one
        return nearest

    def _has_left(self, tenant: Tenant) -> bool:
        """Whether the tenant was moved out of the subtree that was given. It was in there when it was first read."""
        first = self._forest.get(tenant.id)
        if self._root_id is None or (first is not None and first.parent_id == tenant.parent_id):
            return False
        return not is_within(self._api, tenant, self._root_id)

    def _is_parent_visible(self, tenant: Tenant) -> bool:
        parent_id = tenant.parent_id
        if parent_id == tenant.id or parent_id in self._forest:
            return parent_id != tenant.id
        return self._parents.setdefault(parent_id, Once(lambda: bool(visible(self._api, [parent_id]))))()
