# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user calls a tenant: by id, by name or by customer id; and which tenant that is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from ansible_collections.community.acronis.plugins.module_utils._auth import UUID_PATTERN, parse_uuid
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError, RefusedError, clean
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant, TenantApi, find

# Something meant as a UUID, so that a slip in one is not looked up as a name.
_ALMOST_UUID = re.compile(r"[{(]?(?:urn:uuid:)?(?:[0-9a-fA-F-]{30,40}|\w{7,9}(?:-\w{3,5}){3}-\w{11,13})[)}]?")


@dataclass(frozen=True)
class Reference:
    """How a tenant is named in a task. text: as the user wrote it. value: what it is compared with."""

    kind: Literal["id", "name", "customer_id"]
    value: str
    text: str

    def matches(self, tenant: Tenant) -> bool:
        """Whether the tenant is one that the reference names."""
        return {"id": tenant.id, "name": tenant.name, "customer_id": tenant.customer_id}[self.kind] == self.value


def check_text(text: str, option: str) -> str:
    """Return text, or raise InputError when it can only come from a variable without a value."""
    if not text.strip():
        raise InputError(f"{option}: it is empty; the variable behind it may be undefined.")
    if text.strip().lower() in ("none", "null"):
        raise InputError(
            f"{option}: {clean(text)!r} looks like a variable without a value; "
            "if a tenant is really called so, name it by its id."
        )
    return text


def parse_tenant(text: str, option: str) -> Reference:
    """Return the reference that text, a UUID or an exact name, stands for, or raise InputError."""
    check_text(text, option)
    if UUID_PATTERN.fullmatch(text.strip().lower()):
        return Reference("id", text.strip().lower(), text)
    if _ALMOST_UUID.fullmatch(text.strip()):
        parse_uuid(text, option)
    return Reference("name", text, text)


def parse_customer_id(text: str, option: str) -> Reference:
    """Return the reference to the tenant with this external id, or raise InputError."""
    return Reference("customer_id", check_text(text, option), text)


def resolve(api: TenantApi, reference: Reference, root_id: str | None) -> Tenant | None:
    """Return the tenant that the reference names below (and at) root_id, or None. No root_id: wherever the API
    client reaches.

    A live tenant goes before deleted ones of the same name, and of these the one deleted last counts.
    Raises RefusedError when several live tenants match, or when one found by its id lies outside root_id.
    """
    if reference.kind == "id":
        tenant = api.get(reference.value)
        if tenant is not None and root_id is not None:
            _check_below(api, tenant, root_id)
        return tenant
    root = root_id or search_root(api)
    found = find(api, root, reference.value, reference.matches, by_name_only=reference.kind == "name")
    live = [tenant for tenant in found if tenant.deleted_at is None]
    if len(live) > 1:
        raise RefusedError(
            f"{len(live)} tenants match {clean(reference.text)!r}: {_candidates(api, live)}; name the one that is "
            "meant by its id."
        )
    return next(iter(live), None) or max(found, key=lambda tenant: tenant.deleted_at or "", default=None)


def search_root(api: TenantApi) -> str:
    """Return the tenant below which names are looked up by default, or raise InputError when it is not known."""
    if api.own_tenant_id is None:
        raise InputError(
            "subtree_root_id is required to look up a name or customer id with access_token alone: give it, or give "
            "client_id too."
        )
    return api.own_tenant_id


def _check_below(api: TenantApi, tenant: Tenant, root_id: str) -> None:
    chain = api.chains([tenant.id]).get(tenant.id, [tenant])
    if root_id not in {link.id for link in chain} | {link.parent_id for link in chain}:
        raise RefusedError(f"it lies outside the subtree of {root_id} (subtree_root_id); check both ids.")


def _candidates(api: TenantApi, tenants: Sequence[Tenant], most: int = 10) -> str:
    chains = api.chains([tenant.id for tenant in tenants[:most]])
    listed = [
        f"{tenant.id} ({clean(' / '.join(link.name for link in reversed(chains.get(tenant.id, [tenant]))))})"
        for tenant in tenants[:most]
    ]
    return ", ".join(listed) + (f" and {len(tenants) - most} more" if len(tenants) > most else "")


@dataclass(frozen=True)
class Protection:
    """Which tenants are out of bounds: entries of protected_tenants as given, and the ids of these tenants and of
    all above them.
    """

    reached: Mapping[str, str]
    missing: Sequence[str] = ()

    def reason(self, tenant_id: str) -> str | None:
        """Return the entry that protects the tenant, or None."""
        return self.reached.get(tenant_id)


def protected_by(tenant: Tenant, entries: Iterable[str]) -> str | None:
    """Return the entry of protected_tenants that names the tenant itself, or None."""
    return next((entry for entry in entries if _named_by(entry, tenant)), None)


def _named_by(entry: str, tenant: Tenant) -> bool:
    # Looser than a reference, since here a match too many does no harm.
    names = (tenant.id, tenant.name, tenant.customer_id or "")
    return entry.strip().casefold() in {name.strip().casefold() for name in names}


def resolve_protection(api: TenantApi, entries: Sequence[str], root_id: str) -> Protection:
    """Return what the entries of protected_tenants protect, themselves and all above them; names are looked up below
    root_id.

    An entry that matches several tenants protects them all. One that matches none is reported as missing.
    """
    owners: dict[str, str] = {}
    missing: list[str] = []
    for entry in entries:
        reference = parse_tenant(entry, "protected_tenants")
        if reference.kind == "id":
            owners[reference.value] = entry
            continue
        matches = partial(_named_by, entry)
        found = find(api, root_id, entry, matches)
        owners.update((tenant.id, entry) for tenant in found)
        if not found:
            missing.append(entry)
    chains = api.chains(list(owners))
    missing += [entry for tenant_id, entry in owners.items() if tenant_id not in chains]
    reached = {link.id: owners[tenant_id] for tenant_id, chain in chains.items() for link in chain}
    return Protection({**reached, **owners}, missing)
