# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tenants the references of a task name."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ansible_collections.community.acronis.plugins.module_utils._errors import (
    TENANT_NOT_FOUND,
    TOKEN_PATH,
    AcronisError,
    AnswerError,
    ApiError,
    AuthError,
    InputError,
    RefusedError,
    clean,
    listed,
    outside_of,
)
from ansible_collections.community.acronis.plugins.module_utils._pool import Pool
from ansible_collections.community.acronis.plugins.module_utils._references import (
    NearTenants,
    ProtectedEntry,
    Reference,
    describe_near,
)
from ansible_collections.community.acronis.plugins.module_utils._tenants import (
    BATCH_LIMIT,
    GONE_STATUSES,
    Tenant,
    TenantApi,
)
from ansible_collections.community.acronis.plugins.module_utils._text import canonical, loose, shown
from ansible_collections.community.acronis.plugins.module_utils._tree import TenantTree

# To how many names that match nothing the closest ones are looked for, and how many of these are shown.
MAX_HINTS = 3


@dataclass
class Candidates:
    """What references may name: all tenants that match, or why they are not known.

    near: for references that match nothing, the tenants that are nearly what they name. tree: the tenants that were
    read for it, with what is above those named by ID.
    """

    matches: dict[Reference, list[Tenant] | AcronisError] = field(default_factory=dict)
    near: dict[Reference, list[Tenant]] = field(default_factory=dict)
    tree: TenantTree = field(default_factory=TenantTree)

    def hints(self) -> dict[Reference, str]:
        """Return what was perhaps meant by names and external IDs that match nothing."""
        hints = {reference: describe_near(reference, found) for reference, found in self.near.items()}
        lost = [one for one, found in self.matches.items() if found == [] and one.kind == "name" and one not in hints]
        by_name: dict[str, list[Tenant]] = defaultdict(list)
        for tenant in self.tree if lost else ():
            if tenant.deleted_at is None:
                by_name[tenant.name.casefold()].append(tenant)
        for reference in lost[:MAX_HINTS]:
            close = difflib.get_close_matches(reference.value.casefold(), by_name, MAX_HINTS)
            if close:
                closest = [tenant for name in close for tenant in by_name[name]][:MAX_HINTS]
                named = ", ".join(f"{shown(tenant.name)} ({tenant.id})" for tenant in closest)
                hints[reference] = f"The names closest to {shown(reference.text)} are {named}."
        return hints


def look_up(api: TenantApi, pool: Pool, references: Iterable[Reference], root_id: str | None) -> Candidates:
    """Return what each reference may name below (and at) root_id. No root_id: wherever the API client reaches.

    Names and external IDs cost one listing, since the platform's search skips subtrees that hide themselves and so
    proves neither that there is no second match nor that there is none. IDs are read a hundred at a time.
    """
    result = Candidates()
    references = list(dict.fromkeys(references))
    named = [reference for reference in references if reference.kind != "id"]
    if named:
        try:
            root = root_id or search_root(api)
            result.tree = TenantTree(api.subtree(root), root)
            result.matches.update(_match(result.tree, named))
        except AcronisError as error:
            result.matches.update((reference, error) for reference in named)
    unmatched = [reference for reference in named if result.matches[reference] == []]
    if unmatched:
        near = NearTenants(result.tree)
        found = {reference: near.find(reference) for reference in unmatched}
        result.near = {reference: tenants for reference, tenants in found.items() if tenants}
    ids = [reference for reference in references if reference.kind == "id"]
    errors = _read_into(result.tree, api, pool, [one.value for one in ids if one.value not in result.tree])
    for reference in ids:
        tenant = result.tree.get(reference.value)
        result.matches[reference] = errors.get(reference.value) or ([tenant] if tenant else [])
    if root_id is not None and ids:
        _refuse_outside(api, result, root_id, ids)
    return result


def pick_one(api: TenantApi, candidates: Candidates, reference: Reference, revive: bool = False) -> Tenant | None:
    """Return the one tenant that the reference names, or None. Raises AcronisError when it is not known.

    A live tenant goes before deleted ones of the same name, and of these the one deleted last counts.
    Raises RefusedError when several live tenants match, or several deleted ones of which one is to be restored.
    """
    found = candidates.matches[reference]
    if isinstance(found, AcronisError):
        raise found
    live = [tenant for tenant in found if tenant.deleted_at is None]
    rivals = found if revive and not live else live
    if len(rivals) > 1:
        raise RefusedError(
            f"{len(rivals)} tenants match {shown(reference.text)}: {described(api, rivals, candidates.tree)}; name "
            "the one that you mean by its UUID."
        )
    return next(iter(live), None) or max(found, key=lambda tenant: tenant.deleted_at or "", default=None)


def _match(tree: TenantTree, references: Sequence[Reference]) -> dict[Reference, list[Tenant]]:
    """Return what each name or external ID names in the tree."""
    found: dict[tuple[str, str], list[Tenant]] = {(reference.kind, reference.value): [] for reference in references}
    for tenant in tree:
        for key in (("name", canonical(tenant.name)), ("customer_id", canonical(tenant.customer_id or ""))):
            if key in found:
                found[key].append(tenant)
    return {reference: found[reference.kind, reference.value] for reference in references}


def search_root(api: TenantApi) -> str:
    """Return the tenant below which names are looked up by default, or raise InputError when it is not known."""
    if api.own_tenant_id is None:
        raise InputError(
            "subtree_root_id is required with access_token alone, unless tenants are named by UUID: give it, or give "
            "client_id too."
        )
    return api.own_tenant_id


def read(
    api: TenantApi, pool: Pool, ids: Sequence[str], tree: TenantTree | None = None
) -> dict[str, Tenant | AcronisError | None]:
    """Return by id what the tenants are now; None for one that is gone, or why it is not known.

    tree: takes them in, with what is above them where the platform sends it along.
    """
    tree = TenantTree() if tree is None else tree
    errors = _read_into(tree, api, pool, ids)
    return {tenant_id: errors.get(tenant_id, tree.get(tenant_id)) for tenant_id in ids}


def _read_into(tree: TenantTree, api: TenantApi, pool: Pool, ids: Sequence[str]) -> dict[str, AcronisError]:
    """Read the tenants into the tree, with what is above them; return by id why one could not be read."""
    errors: dict[str, AcronisError] = {}
    left_out: set[str] = set()

    def read_batch(batch: Sequence[str]) -> None:
        try:
            tree.add(api.batch(batch, with_ancestors=True))
            left_out.update(tenant_id for tenant_id in batch if tenant_id not in tree)
        except (AnswerError, ApiError) as error:
            # One tenant that may not be seen, or cannot be understood, must not hide the others. What has been
            # repeated in vain, or is no matter of a tenant, is not asked for one by one.
            about_token = isinstance(error, AuthError) or error.path == TOKEN_PATH
            # That the listing itself is not there says nothing about the tenants.
            no_listing = error.status in GONE_STATUSES and error.code != TENANT_NOT_FOUND
            if error.retryable or about_token or no_listing or (len(batch) == 1 and isinstance(error, AnswerError)):
                errors.update((tenant_id, error) for tenant_id in batch)
        except AcronisError as error:
            errors.update((tenant_id, error) for tenant_id in batch)

    def read_one(tenant_id: str) -> None:
        try:
            tenant = api.get(tenant_id, left_out=tenant_id in left_out)
            tree.add([tenant] if tenant else [])
        except AcronisError as error:
            errors[tenant_id] = error

    pool.each(read_batch, [ids[start : start + BATCH_LIMIT] for start in range(0, len(ids), BATCH_LIMIT)])
    # A batch leaves out what does not exist, and perhaps what may not be seen, which is not the same.
    pool.each(read_one, [tenant_id for tenant_id in ids if tenant_id not in tree and tenant_id not in errors])
    return errors


def _refuse_outside(api: TenantApi, result: Candidates, root_id: str, ids: Sequence[Reference]) -> None:
    try:
        load_ancestors(api, result.tree, [reference.value for reference in ids])
    except AcronisError as error:
        result.matches.update((reference, error) for reference in ids)
        return
    for reference in ids:
        tenant = result.tree.get(reference.value)
        if tenant is not None and not _is_within(result.tree.chain(tenant.id), root_id):
            result.matches[reference] = outside_of(root_id)


def _is_within(chain: Sequence[Tenant], root_id: str) -> bool:
    return any(root_id in (link.id, link.parent_id) for link in chain)


def is_within(api: TenantApi, tenant: Tenant, root_id: str) -> bool:
    """Ask whether the tenant is the one with the id root_id or lies below it. Raises AcronisError."""
    return _is_within(ancestries(api, [tenant.id]).get(tenant.id, [tenant]), root_id)


def load_ancestors(api: TenantApi, tree: TenantTree, ids: Collection[str]) -> None:
    """Read what is above the tenants, as far as the API client sees. Raises AcronisError.

    Little is read where the platform has sent the ancestors along (`include_relative_path`).
    """
    if tree.ends(ids) and api.top_id is not None:
        tree.tops.add(api.top_id)
    while ends := tree.ends(ids):
        above = list(dict.fromkeys(end.parent_id for end in ends))
        tree.add(fetch_visible(api, above))
        # A tenant above which it lies itself would be climbed for ever.
        tree.tops.update(end.id for end in ends if end.parent_id not in tree or end in tree.chain(end.parent_id))


def fetch_visible(api: TenantApi, ids: Sequence[str]) -> list[Tenant]:
    """Return those of the tenants that the API client sees, with what is above them. Raises AcronisError."""
    try:
        return api.batch(ids, with_ancestors=True)
    except AcronisError as error:
        if not error.refuses(403) and not (error.refuses(404) and error.code == TENANT_NOT_FOUND):
            raise
    # One that may not be seen can make the platform refuse them all.
    return [] if len(ids) == 1 else [tenant for tenant_id in ids for tenant in fetch_visible(api, [tenant_id])]


def ancestries(api: TenantApi, ids: Sequence[str]) -> dict[str, list[Tenant]]:
    """Return for each visible tenant its chain: the tenant itself, its parent and so on, up to the last that may be
    seen.

    One request where the platform sends the ancestors along, otherwise one for each level.
    """
    tree = TenantTree()
    if ids:
        tree.add(fetch_visible(api, ids))
    load_ancestors(api, tree, ids)
    return {tenant_id: tree.chain(tenant_id) for tenant_id in ids if tenant_id in tree}


def described(api: TenantApi, tenants: Sequence[Tenant], tree: TenantTree, most: int = 10) -> str:
    """Return the ids and paths of the tenants."""
    load_ancestors(api, tree, [tenant.id for tenant in tenants])
    paths = (" / ".join(link.name for link in reversed(tree.chain(tenant.id))) for tenant in tenants)
    return listed([f"{tenant.id} ({clean(path)})" for tenant, path in zip(tenants, paths)], most)


@dataclass(frozen=True)
class Protection:
    """Which tenants are out of bounds: entries of protected_tenants as given, by the IDs of these tenants (owners) and
    of all above them, too (reached). nothing: entries that have never named anything. unseen: entries that name a
    tenant that is not shown.
    """

    reached: Mapping[str, str]
    nothing: Sequence[str] = ()
    unseen: Sequence[str] = ()
    owners: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def missing(self) -> Sequence[str]:
        """The entries that protect nothing that is known."""
        return [*self.nothing, *self.unseen]

    def reason(self, tenant_id: str) -> str | None:
        """Return the entry that protects the tenant, or None."""
        return self.reached.get(tenant_id)


def resolve_protection(
    api: TenantApi, entries: Sequence[ProtectedEntry], root_id: str, tree: TenantTree | None = None
) -> Protection:
    """Return what the entries of protected_tenants protect, themselves and all above them.

    UUIDs are read; names and external IDs are looked up in a listing of root_id, which tree may be. An entry that
    matches several tenants protects them all. One that matches none is reported as missing.
    """
    ids = {entry.id: entry.text for entry in entries if entry.id is not None}
    protection = _spread(api, ids, [])
    # What is no tenant's ID may be an external ID.
    unread = set(protection.missing)
    named = [entry for entry in entries if entry.id is None or entry.text in unread]
    if not named:
        return protection
    if tree is None or tree.root_id != root_id:
        tree = TenantTree(api.subtree(root_id), root_id)
    by_form: dict[str, list[ProtectedEntry]] = defaultdict(list)
    for entry in named:
        by_form[entry.form].append(entry)
    owners: dict[str, str] = {}
    missing = {entry.text for entry in named}
    for tenant in tree:
        for form in (loose(tenant.name), loose(tenant.customer_id or "")):
            for entry in by_form.get(form, ()):
                owners[tenant.id] = entry.text
                missing.discard(entry.text)
    read = {tenant_id: text for tenant_id, text in ids.items() if text not in unread}
    return _spread(api, {**owners, **read}, [entry.text for entry in named if entry.text in missing], tree)


def renew_protection(api: TenantApi, known: Protection) -> Protection:
    """Return the protection as it is now; the tenants that it protects may have been moved."""
    return _spread(api, known.owners, known.nothing)


def _spread(
    api: TenantApi, owners: Mapping[str, str], nothing: Sequence[str], tree: TenantTree | None = None
) -> Protection:
    if tree is None:
        above = ancestries(api, list(owners))
    else:
        unread = [tenant_id for tenant_id in owners if tenant_id not in tree]
        above = ancestries(api, unread) | {one: tree.chain(one) for one in owners if one in tree}
    unseen = [entry for tenant_id, entry in owners.items() if tenant_id not in above]
    reached = {link.id: owners[tenant_id] for tenant_id, chain in above.items() for link in chain}
    return Protection({**reached, **owners}, nothing, unseen, owners)
