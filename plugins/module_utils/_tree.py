# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tenants that were read, and how they lie above and below each other. No I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant


class TenantTree:
    """Tenants by id, each with as much of what is above it as was read. Several threads may read it.

    root_id: the tenant below (and at) which all is known, if there is one. tops: those above which there is nothing to
    be seen, or nothing of interest. That some ancestors were read proves nothing about the others.
    """

    def __init__(self, tenants: Iterable[Tenant] = (), root_id: str | None = None) -> None:
        self._tenants = {tenant.id: tenant for tenant in tenants}
        self._children: dict[str, list[str]] | None = None
        self.root_id = root_id
        self.tops = set() if root_id is None else {root_id}

    def __contains__(self, tenant_id: str) -> bool:
        return tenant_id in self._tenants

    def __iter__(self) -> Iterator[Tenant]:
        return iter(list(self._tenants.values()))

    def get(self, tenant_id: str) -> Tenant | None:
        """Return the tenant, if it was read."""
        return self._tenants.get(tenant_id)

    def add(self, tenants: Iterable[Tenant]) -> None:
        """Take in tenants; of two readings of one the later counts."""
        self._tenants.update((tenant.id, tenant) for tenant in tenants)
        self._children = None

    def complete(self, tenants: Iterable[Tenant], root_id: str) -> None:
        """Take in all that is below (and at) root_id."""
        self.add(tenants)
        self.root_id = root_id
        self.tops.add(root_id)

    def chain(self, tenant_id: str) -> list[Tenant]:
        """Return the tenant, its parent and so on, as far as they are known; the true root is its own parent."""
        chain: list[Tenant] = []
        passed: set[str] = set()
        while tenant_id in self._tenants and tenant_id not in passed:
            passed.add(tenant_id)
            chain.append(self._tenants[tenant_id])
            tenant_id = chain[-1].parent_id
        return chain

    def ends(self, tenant_ids: Iterable[str]) -> list[Tenant]:
        """Return the tenants where the chains end although there is more above that may be seen."""
        lasts = {self.chain(tenant_id)[-1].id for tenant_id in tenant_ids if tenant_id in self._tenants}
        ends = [self._tenants[last] for last in sorted(lasts - self.tops)]
        return [end for end in ends if end.parent_id != end.id]

    def covers(self, tenant_id: str) -> bool:
        """Whether all that is below the tenant is known."""
        return self.root_id is not None and any(link.id == self.root_id for link in self.chain(tenant_id))

    def below(self, tenant_id: str) -> Sequence[Tenant]:
        """Return what is known below the tenant, level by level."""
        children = self._children
        if children is None:
            # Filled before it is shown to other threads.
            children = defaultdict(list)
            for tenant in self._tenants.values():
                if tenant.parent_id != tenant.id:
                    children[tenant.parent_id].append(tenant.id)
            self._children = children
        found: list[str] = []
        level = [tenant_id]
        seen = {tenant_id}
        while level:
            level = [child for parent in level for child in children.get(parent, ()) if child not in seen]
            seen.update(level)
            found += level
        return [self._tenants[child] for child in found]
