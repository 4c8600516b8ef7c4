# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a suspension or deletion of a tenant reaches: sub-tenants, users, API clients, storage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError
from ansible_collections.community.acronis.plugins.module_utils._pool import Lazy, Pool
from ansible_collections.community.acronis.plugins.module_utils._tenants import BATCH_LIMIT, Tenant, TenantApi
from ansible_collections.community.acronis.plugins.module_utils._tree import TenantTree

T = TypeVar("T")

# What a sub-tenant can be (vendor's guide "JSON object structures"); each is in the result, with 0 too.
KINDS = ("partner", "folder", "customer", "unit")

# How the platform says that it does not tell.
NOT_DISCLOSED = frozenset({400, 403, 404, 405})


@dataclass(frozen=True)
class Impact:
    """What is below a tenant, itself not counted, and who is in it and below.

    sub_tenants: how many there are of each kind, without deleted ones and the personal tenants of users. users: user
    accounts. api_clients: API clients that would stop working, None when the platform does not tell. storage_bytes:
    what is stored in it and below, as far as it is sure (see total_storage), None when the platform does not tell.
    complete: False when the platform has hidden a part, so that there may be more.
    """

    sub_tenants: Mapping[str, int]
    users: int | None
    api_clients: int | None
    storage_bytes: int | None
    complete: bool

    def as_result(self) -> dict[str, Any]:
        """Return the impact as it stands in a result."""
        return asdict(self)

    def in_words(self) -> str:
        """Return the impact for a line of text."""
        kinds = [f"{count} of kind {kind}" for kind, count in self.sub_tenants.items() if count]
        parts = [f"{sum(self.sub_tenants.values())} sub-tenants" + (f" ({', '.join(kinds)})" if kinds else "")]
        counts = (("users", self.users), ("API clients", self.api_clients), ("bytes of storage", self.storage_bytes))
        for what, count in counts:
            parts.append(f"{'an unknown number of' if count is None else count} {what}")
        return ", ".join(parts) + ("" if self.complete else ", and more that is hidden")

    @classmethod
    def parse(cls, value: Any) -> Impact | None:
        """Return the impact that an entry of a plan carries, or None when it is not of the shape that as_result has."""
        if not isinstance(value, Mapping) or not isinstance(value.get("sub_tenants"), Mapping):
            return None
        kinds, totals = value["sub_tenants"], (value.get("users"), value.get("api_clients"), value.get("storage_bytes"))
        counts = [*kinds.values(), *(total for total in totals if total is not None)]
        are_counts = all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in counts)
        are_names = all(isinstance(kind, str) for kind in kinds)
        if not are_counts or not are_names or not isinstance(value.get("complete"), bool):
            return None
        return cls(dict(kinds), *totals, value["complete"])


def count_kinds(tenants: Iterable[Tenant]) -> dict[str, int]:
    """Return how many tenants of each kind there are, without deleted ones and the personal tenants of users."""
    counts = Counter(one.kind for one in tenants if one.deleted_at is None and not one.personal)
    return {kind: counts[kind] for kind in KINDS}


def growth(reviewed: Impact, now: Impact) -> str:
    """Return in words what a change reaches now beyond what was reviewed; empty when it is nothing.

    What was counted then and is not told any more counts as more, too. Storage is not compared: the figure is hours
    old, and grows from day to day.
    """
    kinds = sorted({*reviewed.sub_tenants, *now.sub_tenants})
    pairs: list[tuple[str, int | None, int | None]] = [
        (f"sub-tenants of kind {kind}", reviewed.sub_tenants.get(kind, 0), now.sub_tenants.get(kind, 0))
        for kind in kinds
    ]
    pairs += [("users", reviewed.users, now.users), ("API clients", reviewed.api_clients, now.api_clients)]
    more = [
        f"{what}: {'unknown' if count is None else count}, reviewed {before}"
        for what, before, count in pairs
        if before is not None and (count is None or count > before)
    ]
    if reviewed.complete and not now.complete:
        more.append("a part is hidden now")
    return "; ".join(more)


def total_storage(tree: TenantTree, figures: Mapping[str, int | None]) -> dict[str, int | None]:
    """Return for each live tenant of the tree how many bytes are stored in it and below; None where a figure lacks.

    Nobody says whether the figure of a tenant contains those of its sub-tenants. So of its figure and the sum of those
    below it the larger one counts. If figures contain what is below, that is the tenant's own, and exact; nothing is
    counted twice. If they do not, what is below a partner or folder, which store nothing themselves, is exact, and for
    a customer that has data besides that of its units it is a lower bound. The sum of the leaves would be lower in both
    cases.
    """
    totals: dict[str, int | None] = {}
    below: dict[str, int | None] = defaultdict(int)
    live = [tenant for tenant in tree if tenant.deleted_at is None]
    for tenant in sorted(live, key=lambda one: len(tree.chain(one.id)), reverse=True):
        figure, of_others = figures.get(tenant.id), below[tenant.id]
        total = totals[tenant.id] = None if figure is None or of_others is None else max(figure, of_others)
        beside = below[tenant.parent_id]
        below[tenant.parent_id] = None if total is None or beside is None else beside + total
    return totals


class ImpactCounter:
    """Measures impacts with the fewest requests: one listing of tenants and one of users for each tree that is asked
    about, however many of its tenants are, one of API clients in all, and one of storage for each hundred tenants.
    """

    def __init__(self, api: TenantApi, pool: Pool, tree: TenantTree) -> None:
        """tree: what was read so far; what it covers is not listed again."""
        self._api = api
        self._pool = pool
        self._tree = tree
        self._clients = Lazy(self._ask_for_clients)

    def measure(
        self, tenants: Sequence[Tenant], below: Mapping[str, Sequence[Tenant]], together: bool = False
    ) -> dict[str, Impact | AcronisError]:
        """Return by id what each of the tenants reaches, or why that could not be found out.

        below: what was already read below some of them. together: whether they are worth a listing of all users below
        the root of the tree, if that is known.
        """
        wanted = [tenant.id for tenant in tenants]
        root = self._tree.get(self._tree.root_id or "")
        tenants = [root, *tenants] if together and root is not None else tenants
        asked = {tenant.id for tenant in tenants}
        trees: dict[str, list[Tenant]] = defaultdict(list)
        for tenant in tenants:
            top = [link.id for link in self._tree.chain(tenant.id) if link.id in asked] or [tenant.id]
            trees[top[-1]].append(tenant)
        found: dict[str, Impact | AcronisError] = {}
        counted: dict[str, TenantTree] = {}

        def survey(top_id: str) -> None:
            if self._api.stop.requested:
                return
            try:
                counted[top_id], impacts = self._count_tree(trees[top_id], top_id, below.get(top_id))
                found.update(impacts)
            except AcronisError as error:
                found.update((tenant.id, error) for tenant in trees[top_id])

        self._pool.each(survey, list(trees))
        try:
            self._add_storage(found, wanted, list(counted.values()))
        except AcronisError as error:
            found.update(
                (tenant_id, error) for tenant_id in wanted if not isinstance(found.get(tenant_id), AcronisError)
            )
        return found

    def _add_storage(
        self, found: dict[str, Impact | AcronisError], wanted: Sequence[str], trees: Sequence[TenantTree]
    ) -> None:
        """Add to the impacts of the wanted tenants what is stored in them and below."""
        asked = {tenant_id for tenant_id in wanted if isinstance(found.get(tenant_id), Impact)}
        live = [(tree, one.id) for tree in trees for one in tree if one.deleted_at is None]
        ids = [one for tree, one in live if any(link.id in asked for link in tree.chain(one))]
        figures: dict[str, int | None] = {}
        self._pool.each(
            lambda batch: figures.update(self._told(lambda: self._api.storage(batch)) or {}),
            [ids[start : start + BATCH_LIMIT] for start in range(0, len(ids), BATCH_LIMIT)],
        )
        for tree in trees:
            for tenant_id, total in total_storage(tree, figures).items():
                impact = found.get(tenant_id) if tenant_id in asked else None
                if isinstance(impact, Impact):
                    complete = impact.complete and total is not None
                    found[tenant_id] = replace(impact, storage_bytes=total, complete=complete)

    def _count_tree(
        self, asked: Sequence[Tenant], top_id: str, below: Sequence[Tenant] | None
    ) -> tuple[TenantTree, dict[str, Impact]]:
        """Return the tree, and by ID what is below those of its tenants that are asked for, without the storage."""
        top = next(tenant for tenant in asked if tenant.id == top_id)
        told = below if below is not None else self._below(top)
        tree = TenantTree([top, *asked, *(told or ())])
        users: Counter[str] | None = self._told(lambda: Counter(self._api.tenant_ids_of_users(top_id)))
        clients = self._clients()
        per_home, clients_per_home = users or Counter(), clients or Counter()
        kinds: dict[str, Counter[str]] = defaultdict(Counter)
        user_counts: Counter[str] = Counter()
        client_counts: Counter[str] = Counter()
        hiding: set[str] = set()
        for tenant in tree:
            if tenant.deleted_at is not None:
                continue
            chain = [link.id for link in tree.chain(tenant.id)]
            if not tenant.personal:
                for above in chain[1:]:
                    kinds[above][tenant.kind] += 1
            for above in chain:
                user_counts[above] += per_home[tenant.id]
                client_counts[above] += clients_per_home[tenant.id]
            # What is below the own tenant is not hidden from its own client.
            if tenant.hides_children and tenant.id != self._api.own_tenant_id:
                hiding.update(chain)
        # Whatever tenant they are in, it is one below.
        user_counts[top_id] = sum(per_home.values())
        return tree, {
            tenant.id: Impact(
                sub_tenants={kind: kinds[tenant.id][kind] for kind in KINDS},
                users=None if users is None else user_counts[tenant.id],
                api_clients=None if clients is None else client_counts[tenant.id],
                storage_bytes=None,
                complete=told is not None and users is not None and tenant.id not in hiding,
            )
            for tenant in asked
        }

    def _ask_for_clients(self) -> Counter[str] | None:
        homes = self._told(self._api.tenant_ids_of_clients)
        # The own tenant has a client for sure. If none but those of one tenant are told, there may well be others.
        return Counter(homes) if homes and len(set(homes)) > 1 else None

    def _below(self, top: Tenant) -> Sequence[Tenant] | None:
        """Return what is below the tenant, or None when the platform does not tell."""
        if self._tree.covers(top.id):
            return self._tree.below(top.id)
        if not top.may_have_descendants:
            return ()
        return self._told(lambda: [one for one in self._api.subtree(top.id, deleted=False) if one.id != top.id])

    @staticmethod
    def _told(ask: Callable[[], T]) -> T | None:
        """Return the answer, or None when the platform refuses to give it."""
        try:
            return ask()
        except AcronisError as error:
            if error.refuses(*NOT_DISCLOSED):
                return None
            raise
