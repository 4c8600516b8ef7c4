# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tenants the references of a task name."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import partial

from ansible_collections.community.acronis.plugins.module_utils._errors import (
    TOKEN_PATH,
    AcronisError,
    AnswerError,
    ApiError,
    AuthError,
    InputError,
    RefusedError,
    clean,
    outside_of,
)
from ansible_collections.community.acronis.plugins.module_utils._forest import Forest
from ansible_collections.community.acronis.plugins.module_utils._references import Reference, named_by, parse_tenant
from ansible_collections.community.acronis.plugins.module_utils._tenants import BATCH_LIMIT, Tenant, TenantApi
from ansible_collections.community.acronis.plugins.module_utils._workers import Workers

# To how many names that match nothing the closest ones are looked for, and how many of these are shown.
MOST_HINTS = 3


@dataclass
class Candidates:
    """What references may name: all tenants that match, or why they are not known. forest: the tenants that were read
    for it, with what is above those named by id.
    """

    matches: dict[Reference, list[Tenant] | AcronisError] = field(default_factory=dict)
    forest: Forest = field(default_factory=Forest)

    def hints(self) -> dict[Reference, str]:
        """Return the closest names for those that match nothing, where all names are known."""
        lost = [one for one, found in self.matches.items() if found == [] and one.kind == "name"]
        if not lost or self.forest.root_id is None:
            return {}
        by_name: dict[str, list[Tenant]] = defaultdict(list)
        for tenant in self.forest:
            if tenant.deleted_at is None:
                by_name[tenant.name.casefold()].append(tenant)
        hints: dict[Reference, str] = {}
        for reference in lost[:MOST_HINTS]:
            close = difflib.get_close_matches(reference.value.casefold(), by_name, MOST_HINTS)
            if close:
                closest = [tenant for name in close for tenant in by_name[name]][:MOST_HINTS]
                shown = ", ".join(f"{clean(tenant.name, 80)!r} ({tenant.id})" for tenant in closest)
                hints[reference] = f"The names closest to {clean(reference.text, 80)!r} are {shown}."
        return hints


def look_up(api: TenantApi, workers: Workers, references: Iterable[Reference], root_id: str | None) -> Candidates:
    """Return what each reference may name below (and at) root_id. No root_id: wherever the API client reaches.

    Several names or customer ids cost one listing, a single one a search; ids are read a hundred at a time.
    """
    result = Candidates()
    references = list(dict.fromkeys(references))
    named = [reference for reference in references if reference.kind != "id"]
    try:
        if len(named) > 1:
            root = root_id or search_root(api)
            result.forest = Forest(api.subtree(root), root)
            result.matches.update(_match(result.forest, named))
        elif named:
            root = root_id or search_root(api)
            matches, listing = find(api, root, named[0].value, named[0].matches, named[0].kind == "name")
            result.forest = Forest(matches) if listing is None else Forest(listing, root)
            result.matches[named[0]] = matches
    except AcronisError as error:
        result.matches.update((reference, error) for reference in named)
    ids = [reference for reference in references if reference.kind == "id"]
    errors = _read_into(result.forest, api, workers, [one.value for one in ids if one.value not in result.forest])
    for reference in ids:
        tenant = result.forest.get(reference.value)
        result.matches[reference] = errors.get(reference.value) or ([tenant] if tenant else [])
    if root_id is not None and ids:
        _refuse_outside(api, result, root_id, ids)
    return result


def choose(api: TenantApi, candidates: Candidates, reference: Reference, revive: bool = False) -> Tenant | None:
    """Return the one tenant that the reference names, or None. Raises AcronisError when it is not known.

    A live tenant goes before deleted ones of the same name, and of these the one deleted last counts.
    Raises RefusedError when several live tenants match, or several deleted ones of which one is to be restored.
    """
    found = candidates.matches[reference]
    if isinstance(found, AcronisError):
        # Each tenant's message is added to for itself.
        raise copy(found)
    live = [tenant for tenant in found if tenant.deleted_at is None]
    rivals = found if revive and not live else live
    if len(rivals) > 1:
        raise RefusedError(
            f"{len(rivals)} tenants match {clean(reference.text)!r}: {described(api, rivals, candidates.forest)}; name "
            "the one that is meant by its id."
        )
    return next(iter(live), None) or max(found, key=lambda tenant: tenant.deleted_at or "", default=None)


def _match(forest: Forest, references: Iterable[Reference]) -> dict[Reference, list[Tenant]]:
    """Return what each name or customer id names in the forest."""
    index: dict[tuple[str, str | None], list[Tenant]] = defaultdict(list)
    for tenant in forest:
        index["name", tenant.name].append(tenant)
        index["customer_id", tenant.customer_id].append(tenant)
    return {reference: index[reference.kind, reference.value] for reference in references}


def search_root(api: TenantApi) -> str:
    """Return the tenant below which names are looked up by default, or raise InputError when it is not known."""
    if api.own_tenant_id is None:
        raise InputError(
            "subtree_root_id is required with access_token alone, unless tenants are named by id: give it, or give "
            "client_id too."
        )
    return api.own_tenant_id


def find(
    api: TenantApi, root_id: str, text: str, matches: Callable[[Tenant], bool], by_name_only: bool = False
) -> tuple[list[Tenant], list[Tenant] | None]:
    """Return the tenants below (and at) root_id that match, where text is the name or customer id looked for, and all
    that is there, if it had to be listed.

    The search is tried first because it is cheap. It does not prove absence, so that nothing found makes a full
    listing.
    """
    hits = api.search(root_id, text)
    if hits is not None:
        ids = [hit["id"] for hit in hits if not by_name_only or hit.get("name", text) == text]
        found = [tenant for tenant in api.batch(ids) if matches(tenant)]
        if any(tenant.deleted_at is None for tenant in found):
            return found, None
    listing = list(api.subtree(root_id))
    return [tenant for tenant in listing if matches(tenant)], listing


def read(
    api: TenantApi, workers: Workers, ids: Sequence[str], forest: Forest | None = None
) -> dict[str, Tenant | AcronisError | None]:
    """Return by id what the tenants are now; None for one that is gone, or why it is not known.

    forest: takes them in, with what is above them where the platform sends it along.
    """
    forest = Forest() if forest is None else forest
    errors = _read_into(forest, api, workers, ids)
    return {tenant_id: errors.get(tenant_id, forest.get(tenant_id)) for tenant_id in ids}


def _read_into(forest: Forest, api: TenantApi, workers: Workers, ids: Sequence[str]) -> dict[str, AcronisError]:
    """Read the tenants into the forest, with what is above them; return by id why one could not be read."""
    errors: dict[str, AcronisError] = {}

    def read_batch(batch: Sequence[str]) -> None:
        try:
            forest.add_lines(api.batch(batch, with_ancestors=True), batch)
        except (AnswerError, ApiError) as error:
            # One tenant that may not be seen, or cannot be understood, must not hide the others. What has been
            # repeated in vain, or is no matter of a tenant, is not asked for one by one.
            about_token = isinstance(error, AuthError) or error.path == TOKEN_PATH
            if error.retryable or about_token or (len(batch) == 1 and isinstance(error, AnswerError)):
                errors.update((tenant_id, error) for tenant_id in batch)
        except AcronisError as error:
            errors.update((tenant_id, error) for tenant_id in batch)

    def read_one(tenant_id: str) -> None:
        try:
            tenant = api.get(tenant_id)
            forest.add([tenant] if tenant else [])
        except AcronisError as error:
            errors[tenant_id] = error

    workers.each(read_batch, [ids[start : start + BATCH_LIMIT] for start in range(0, len(ids), BATCH_LIMIT)])
    # A batch leaves out what does not exist, and perhaps what may not be seen, which is not the same.
    workers.each(read_one, [tenant_id for tenant_id in ids if tenant_id not in forest and tenant_id not in errors])
    return errors


def _refuse_outside(api: TenantApi, result: Candidates, root_id: str, ids: Sequence[Reference]) -> None:
    try:
        climb(api, result.forest, [reference.value for reference in ids])
    except AcronisError as error:
        result.matches.update((reference, error) for reference in ids)
        return
    for reference in ids:
        tenant = result.forest.get(reference.value)
        if tenant is not None and not _is_within(result.forest.chain(tenant.id), root_id):
            result.matches[reference] = outside_of(root_id)


def _is_within(chain: Sequence[Tenant], root_id: str) -> bool:
    return any(root_id in (link.id, link.parent_id) for link in chain)


def is_within(api: TenantApi, tenant: Tenant, root_id: str) -> bool:
    """Ask whether the tenant is the one with the id root_id or lies below it. Raises AcronisError."""
    return _is_within(chains(api, [tenant.id]).get(tenant.id, [tenant]), root_id)


def climb(api: TenantApi, forest: Forest, ids: Collection[str]) -> None:
    """Read what is above the tenants, as far as the API client sees. Raises AcronisError.

    Nothing is read where the platform has sent the ancestors along (`include_relative_path`).
    """
    while ends := forest.ends(ids):
        above = list(dict.fromkeys(end.parent_id for end in ends))
        forest.add_lines(visible(api, above), above)
        # A tenant above which it lies itself would be climbed for ever.
        forest.tops.update(end.id for end in ends if end.parent_id not in forest or end in forest.chain(end.parent_id))


def visible(api: TenantApi, ids: Sequence[str]) -> list[Tenant]:
    """Return those of the tenants that the API client sees, with what is above them. Raises AcronisError."""
    try:
        return api.batch(ids, with_ancestors=True)
    except AcronisError as error:
        if not error.refuses(403, 404):
            raise
    # One that may not be seen can make the platform refuse them all.
    return [] if len(ids) == 1 else [tenant for tenant_id in ids for tenant in visible(api, [tenant_id])]


def chains(api: TenantApi, ids: Sequence[str]) -> dict[str, list[Tenant]]:
    """Return for each visible tenant its chain: the tenant itself, its parent and so on, up to the last that may be
    seen.

    One request where the platform sends the ancestors along, otherwise one for each level.
    """
    forest = Forest()
    if ids:
        forest.add_lines(visible(api, ids), ids)
    climb(api, forest, ids)
    return {tenant_id: forest.chain(tenant_id) for tenant_id in ids if tenant_id in forest}


def described(api: TenantApi, tenants: Sequence[Tenant], forest: Forest, most: int = 10) -> str:
    """Return the ids and paths of the tenants."""
    climb(api, forest, [tenant.id for tenant in tenants])
    listed = [
        f"{tenant.id} ({clean(' / '.join(link.name for link in reversed(forest.chain(tenant.id))))})"
        for tenant in tenants[:most]
    ]
    return ", ".join(listed) + (f" and {len(tenants) - most} more" if len(tenants) > most else "")


@dataclass(frozen=True)
class Protection:
    """Which tenants are out of bounds: entries of protected_tenants as given, by the ids of these tenants (owners) and
    of all above them, too (reached).
    """

    reached: Mapping[str, str]
    missing: Sequence[str] = ()
    owners: Mapping[str, str] = field(default_factory=dict)

    def reason(self, tenant_id: str) -> str | None:
        """Return the entry that protects the tenant, or None."""
        return self.reached.get(tenant_id)


def resolve_protection(api: TenantApi, entries: Sequence[str], root_id: str) -> Protection:
    """Return what the entries of protected_tenants protect, themselves and all above them; names are looked up below
    root_id.

    An entry that matches several tenants protects them all. One that matches none is reported as missing.
    """
    listing: list[Tenant] | None = None

    def owners_of(entries: Iterable[str]) -> dict[str, list[Tenant]]:
        nonlocal listing
        found: dict[str, list[Tenant]] = {}
        for entry in entries:
            matches = partial(named_by, entry)
            if listing is None:
                found[entry], listing = find(api, root_id, entry, matches)
            else:
                found[entry] = [tenant for tenant in listing if matches(tenant)]
        return found

    references = [parse_tenant(entry, "protected_tenants") for entry in entries]
    named = owners_of(reference.text for reference in references if reference.kind != "id")
    owners = {tenant.id: entry for entry, found in named.items() for tenant in found}
    missing = [entry for entry, found in named.items() if not found]
    ids = {reference.value: reference.text for reference in references if reference.kind == "id"}
    protection = _spread(api, {**owners, **ids}, missing)
    # What is no tenant's id may be an external id.
    external = owners_of(entry for entry in ids.values() if entry in protection.missing)
    if not any(external.values()):
        return protection
    owners.update((tenant_id, entry) for tenant_id, entry in ids.items() if not external.get(entry))
    owners.update((tenant.id, entry) for entry, found in external.items() for tenant in found)
    return _spread(api, owners, missing)


def renew_protection(api: TenantApi, known: Protection) -> Protection:
    """Return the protection as it is now; the tenants that it protects may have been moved."""
    named = [entry for entry in known.missing if entry not in known.owners.values()]
    return _spread(api, known.owners, named)


def _spread(api: TenantApi, owners: Mapping[str, str], missing: Sequence[str]) -> Protection:
    above = chains(api, list(owners))
    unseen = [entry for tenant_id, entry in owners.items() if tenant_id not in above]
    reached = {link.id: owners[tenant_id] for tenant_id, chain in above.items() for link in chain}
    return Protection({**reached, **owners}, [*missing, *unseen], owners)
