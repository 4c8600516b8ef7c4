# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find and list tenants, without changing anything."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    InputError,
    listed,
    own_error,
)
from ansible_collections.community.acronis.plugins.module_utils._impact import KINDS, Impact, ImpactCounter
from ansible_collections.community.acronis.plugins.module_utils._lookup import (
    described,
    load_ancestors,
    look_up,
    search_root,
)
from ansible_collections.community.acronis.plugins.module_utils._pool import Pool
from ansible_collections.community.acronis.plugins.module_utils._references import (
    Reference,
    parse_customer_id,
    parse_customer_ids,
    parse_tenant,
    refuse_duplicates,
)
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant, TenantApi, no_such_root
from ansible_collections.community.acronis.plugins.module_utils._text import check_list, check_uuid, shown
from ansible_collections.community.acronis.plugins.module_utils._throttle import slowness
from ansible_collections.community.acronis.plugins.module_utils._tree import TenantTree

# Tenants named by id are read a hundred with each request; so many requests run at the same time.
CONCURRENCY = 8

# How many of the names that were not found a warning has.
MAX_NAMES = 5

# The options of a listing, for all content that has one.
LISTING_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "subtree_root_id": {"type": "str"},
    "kind": {"type": "list", "elements": "str", "choices": list(KINDS)},
    "enabled": {"type": "bool"},
    "direct_children_only": {"type": "bool", "default": False},
    "include_deleted": {"type": "bool", "default": False},
    "include_personal": {"type": "bool", "default": False},
}

# The options that say which tenants are meant; without one of them, a listing is.
SELECTORS = ("tenant", "customer_id", "tenants", "customer_ids")


@dataclass(frozen=True)
class Query:
    """What a task wants to know, as the options of tenant_info say. references: None for a listing."""

    references: Sequence[Reference] | None
    root_id: str | None
    kinds: Sequence[str] | None
    enabled: bool | None
    direct_children_only: bool
    include_deleted: bool
    include_personal: bool
    impact: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Query:
        """Check the options of tenant_info, or of a listing; raise InputError for what no request could mend."""
        given = [name for name in SELECTORS if params.get(name) is not None]
        references = _references(given[0], params[given[0]]) if given else None
        if params["direct_children_only"] and references is not None:
            raise InputError("direct_children_only: it is for listings; leave it out when tenants are named.")
        root_id = params["subtree_root_id"]
        return cls(
            references=references,
            root_id=None if root_id is None else check_uuid(root_id, "subtree_root_id"),
            kinds=params["kind"],
            enabled=params["enabled"],
            direct_children_only=params["direct_children_only"],
            include_deleted=params["include_deleted"],
            include_personal=params["include_personal"],
            impact=params.get("impact", False),
        )

    def accepts(self, tenant: Tenant) -> bool:
        """Whether the filters let the tenant through."""
        return (
            (self.kinds is None or tenant.kind in self.kinds)
            and (self.enabled is None or tenant.enabled == self.enabled)
            and (self.include_deleted or tenant.deleted_at is None)
            and (self.include_personal or self.references is not None or not tenant.personal)
        )


def _references(option: str, value: Any) -> list[Reference]:
    if option == "tenant":
        return [parse_tenant(value, option)]
    if option == "customer_id":
        return [parse_customer_id(value, option)]
    if option == "customer_ids":
        references = parse_customer_ids(value, option)
    else:
        references = [parse_tenant(entry, f"{option}[{n}]") for n, entry in enumerate(check_list(value, option))]
    refuse_duplicates(references, option)
    return references


@dataclass
class InfoReport:
    """What was found. tree: all that was read for it. failure: the message of a failed task."""

    tenants: list[dict[str, Any]] = field(default_factory=list)
    tree: TenantTree = field(default_factory=TenantTree)
    failure: str | None = None
    warnings: list[str] = field(default_factory=list)
    trace: str | None = None

    def as_result(self, diff: bool) -> dict[str, Any]:
        """Return what the module returns."""
        return {"changed": False, "tenants": self.tenants}


def ask(api: TenantApi, query: Query) -> InfoReport:
    """Return what the platform tells."""
    report = InfoReport()
    with Pool(CONCURRENCY) as pool:
        try:
            if query.references is None:
                _list(api, pool, query, report)
            else:
                _look_up(api, pool, query, query.references, report)
        except AcronisError as error:
            report.failure = error.message
        except Exception as error:  # whatever it is, the user is told in one line
            report.trace = traceback.format_exc()
            report.failure = own_error(error).message
    report.warnings += slowness(api.retries)
    return report


def _list(api: TenantApi, pool: Pool, query: Query, report: InfoReport) -> None:
    root_id = query.root_id or search_root(api)
    tree = _read_listing(api, root_id, query)
    if root_id not in tree:
        raise no_such_root(root_id)
    report.tree = tree
    listed_here = list(tree)
    below = [tenant for tenant in listed_here if tenant.id != root_id]
    if query.direct_children_only:
        below = [tenant for tenant in below if tenant.parent_id == root_id]
    _describe(api, pool, query, tree, below, report)
    # What the children of the root hide is no part of a list that ends with them.
    parents = [tenant for tenant in listed_here if tenant.id == root_id or not query.direct_children_only]
    hiding = sum(_hides(api, tenant) for tenant in parents)
    if hiding:
        report.warnings.append(
            f"the list is incomplete: it has tenants ({hiding}) that hide their descendants from administrators above "
            "(children_hidden)."
        )


def _read_listing(api: TenantApi, root_id: str, query: Query) -> TenantTree:
    try:
        if not query.direct_children_only or query.impact:
            return TenantTree(api.subtree(root_id, query.include_deleted), root_id)
        tree = TenantTree(api.batch([root_id], with_ancestors=True))
        tree.add(api.children(root_id, query.include_deleted))
        return tree
    except AcronisError as error:
        # The platform may say so instead of showing nothing below a tenant that hides what is there.
        tree = TenantTree(api.batch([root_id]) if error.refuses(403) else (), root_id)
        root = tree.get(root_id)
        if root is None or not _hides(api, root):
            raise
        return tree


def _look_up(api: TenantApi, pool: Pool, query: Query, references: Sequence[Reference], report: InfoReport) -> None:
    candidates = look_up(api, pool, references, query.root_id)
    found: dict[str, Tenant] = {}
    for reference in references:
        matches = candidates.matches[reference]
        if isinstance(matches, AcronisError):
            raise AcronisError(f"{shown(reference.text)}: {matches.message}")
        accepted = [tenant for tenant in matches if query.accepts(tenant)]
        if len(accepted) > 1:
            report.warnings.append(
                f"{len(accepted)} tenants match {shown(reference.text)}, and all are returned: "
                f"{described(api, accepted, candidates.tree)}."
            )
        found.update((tenant.id, tenant) for tenant in matches)
    if not query.include_deleted:
        deleted = [one for one in references if _are_deleted(candidates.matches[one])]
        if deleted:
            names = listed([shown(reference.text) for reference in deleted], MAX_NAMES)
            report.warnings.append(f"deleted, and so left out: {names}. Set include_deleted to true to return them.")
    lost = [reference for reference, matches in candidates.matches.items() if not matches]
    if lost:
        names = listed([shown(reference.text) for reference in lost], MAX_NAMES)
        hints = " ".join(candidates.hints().values())
        report.warnings.append(f"no tenant was found for {names}. {hints}".rstrip())
    _describe(api, pool, query, candidates.tree, found.values(), report)


def _are_deleted(matches: list[Tenant] | AcronisError) -> bool:
    return bool(matches) and not isinstance(matches, AcronisError) and all(one.deleted_at for one in matches)


def _describe(
    api: TenantApi, pool: Pool, query: Query, tree: TenantTree, tenants: Iterable[Tenant], report: InfoReport
) -> None:
    accepted = [tenant for tenant in tenants if query.accepts(tenant)]
    # A disabled tenant above puts them out of service, wherever they were looked for.
    tree.tops.discard(query.root_id or "")
    load_ancestors(api, tree, [tenant.id for tenant in accepted])
    impacts: Mapping[str, Impact | AcronisError] = {}
    if query.impact:
        live = [tenant for tenant in accepted if tenant.deleted_at is None]
        impacts = ImpactCounter(api, pool, tree).measure(live, {}, together=len(live) > 1)
    for tenant in accepted:
        entry = _entry(api, tenant, tree, query.root_id)
        impact = impacts.get(tenant.id)
        if isinstance(impact, AcronisError):
            raise impact
        if query.impact:
            entry["impact"] = impact.as_result() if impact else None
        report.tenants.append(entry)


def _entry(api: TenantApi, tenant: Tenant, tree: TenantTree, root_id: str | None) -> dict[str, Any]:
    chain = tree.chain(tenant.id)
    disabled_above = next((link.id for link in chain[1:] if not link.enabled), None)
    ids = [link.id for link in chain]
    if root_id in ids:
        chain = chain[: ids.index(root_id) + 1]
    return {
        "id": tenant.id,
        "name": tenant.name,
        "kind": tenant.kind,
        "enabled": tenant.enabled,
        "version": tenant.version,
        "parent_id": tenant.parent_id,
        "path": [link.name for link in reversed(chain)],
        "customer_id": tenant.customer_id,
        "internal_tag": tenant.internal_tag,
        "has_children": tenant.has_children,
        "children_hidden": _hides(api, tenant),
        "pricing_mode": tenant.pricing_mode,
        "created_at": tenant.created_at,
        "updated_at": tenant.updated_at,
        "deleted_at": tenant.deleted_at,
        "disabled_above": disabled_above,
    }


def _hides(api: TenantApi, tenant: Tenant) -> bool:
    # What is below the own tenant is not hidden from its own client.
    return tenant.hides_children and tenant.id != api.own_tenant_id
