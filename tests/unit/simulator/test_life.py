# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any order of operations keeps the tree sound."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ansible_collections.community.acronis.tests.simulator import seed
from ansible_collections.community.acronis.tests.simulator.model import CHILD_KINDS, PlatformError, Selection, Tenant
from ansible_collections.community.acronis.tests.simulator.platform import Platform

NAMES = st.sampled_from(["alpha", "Alpha", "beta", "gamma"])
NUMBERS = st.integers(0, 10_000)


class Life(RuleBasedStateMachine):
    """Administrators create, disable, enable, move, delete and restore tenants while time passes."""

    @initialize(
        growth=st.sampled_from(["varied", "timestamp"]),
        flags=st.sampled_from(["kept", "disabled"]),
        seconds=st.sampled_from([0, 100]),
        descendants=st.sampled_from(["marked", "hidden"]),
    )
    def begin(self, growth: str, flags: str, seconds: int, descendants: str) -> None:
        self.platform = Platform()
        seed.load(self.platform, seed.demo())
        self.platform.switches.update(
            {
                "version_growth": growth,
                "child_flags_on_disable": flags,
                "deletion_seconds": seconds,
                "deleted_descendants": descendants,
            }
        )
        self.platform.clock.freeze()
        self.caller = self.platform.clients[seed.CLIENT_ID]
        self.versions: dict[str, int] = {}

    def pick(self, number: int) -> Tenant:
        tenants = list(self.platform.tenants.values())
        # The client's own tenant stays as it is: without it there is nothing to do.
        others = [tenant for tenant in tenants if tenant is not self.caller.tenant]
        return others[number % len(others)]

    @rule(number=NUMBERS, name=NAMES, kind=st.sampled_from(["partner", "folder", "customer", "unit"]))
    def create(self, number: int, name: str, kind: str) -> None:
        parent = self.pick(number)
        taken = {one.name.casefold() for one in parent.children.values() if not self.platform.is_deleted(one)}
        if kind in CHILD_KINDS[parent.kind] and name.casefold() not in taken and self.platform.is_working(parent):
            self.platform.add_tenant(parent, name, kind)

    @rule(number=NUMBERS, enabled=st.booleans())
    def switch(self, number: int, enabled: bool) -> None:
        tenant = self.pick(number)
        before = tenant.version
        try:
            self.platform.update_tenant(self.caller, tenant.id, {"enabled": enabled, "version": before})
        except PlatformError:
            assert tenant.version == before
            return
        assert tenant.enabled is enabled
        assert tenant.version > before

    @rule(number=NUMBERS, other=NUMBERS, name=NAMES)
    def move(self, number: int, other: int, name: str) -> None:
        tenant = self.pick(number)
        values = {"parent_id": self.pick(other).id, "name": name, "version": tenant.version}
        try:
            self.platform.update_tenant(self.caller, tenant.id, values)
        except PlatformError:
            return
        assert tenant.name == name

    @rule(number=NUMBERS)
    def delete(self, number: int) -> None:
        tenant = self.pick(number)
        try:
            self.platform.delete_tenant(self.caller, tenant.id, tenant.version)
        except PlatformError:
            return
        assert all(below.deletion is not None for below in tenant.subtree())

    @rule(number=NUMBERS, force=st.booleans())
    def restore(self, number: int, force: bool) -> None:
        tenant = self.pick(number)
        try:
            self.platform.restore_tenant(self.caller, tenant.id, force)
        except PlatformError:
            return
        assert tenant.deletion is None

    @rule(days=st.sampled_from([0.001, 1, 31]))
    def wait(self, days: float) -> None:
        self.platform.clock.advance(days * 24 * 3600)

    @invariant()
    def versions_never_fall(self) -> None:
        for tenant in self.platform.tenants.values():
            assert tenant.version >= self.versions.get(tenant.id, 0)
            self.versions[tenant.id] = tenant.version

    @invariant()
    def nothing_lives_below_the_deleted(self) -> None:
        for tenant in self.platform.tenants.values():
            if tenant.parent is not None and self.platform.is_deleted(tenant.parent):
                assert self.platform.is_deleted(tenant)

    @invariant()
    def living_siblings_differ_in_name(self) -> None:
        for parent in self.platform.tenants.values():
            names = [t.name.casefold() for t in parent.children.values() if not self.platform.is_deleted(t)]
            assert len(names) == len(set(names))

    @invariant()
    def family_ties_go_both_ways(self) -> None:
        for tenant in self.platform.tenants.values():
            if tenant.parent is not None:
                assert tenant.parent.children[tenant.id] is tenant
                assert tenant.parent.names[tenant.name.casefold()][tenant.id] is tenant

    @invariant()
    def pages_add_up_to_what_can_be_read(self) -> None:
        for allow_deleted in (False, True):
            found = self.listed(Selection(subtree_root_id=self.caller.tenant.id, allow_deleted=allow_deleted))
            assert len(found) == len(set(found))
            readable = {tenant_id for tenant_id in self.platform.tenants if self.can_read(tenant_id, allow_deleted)}
            assert set(found) == readable

    def listed(self, selection: Selection) -> list[str]:
        found: list[str] = []
        page, position = self.platform.list_tenants(self.caller, selection, 5)
        while True:
            found += [tenant.id for tenant in page]
            if position is None:
                return found
            page, position = self.platform.list_tenants(self.caller, selection, 5, position)

    def can_read(self, tenant_id: str, allow_deleted: bool) -> bool:
        try:
            self.platform.get_tenant(self.caller, tenant_id, allow_deleted)
        except PlatformError:
            return False
        return True


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=30, deadline=None, derandomize=True)
