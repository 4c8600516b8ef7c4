# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user calls a tenant: by id, by name or by customer id. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ansible_collections.community.acronis.plugins.module_utils._auth import UUID_PATTERN, parse_uuid
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError, clean
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant

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


def as_text(value: object, option: str) -> str:
    """Return value, or raise InputError when it is not text. It is never converted: YAML reads 0123 as 83."""
    if value is None:
        raise InputError(f"{option}: it has no value; the variable behind it may be undefined.")
    if not isinstance(value, str):
        raise InputError(f"{option}: {clean(value, 60)!r} is not text; put quotes around it.")
    return value


def parse_listed(entry: object, option: str) -> Reference:
    """Return the reference that an entry of a list of tenants stands for, or raise InputError."""
    text = as_text(entry, option)
    reference = parse_tenant(text, option)
    if reference.kind == "name" and text != text.strip():
        raise InputError(
            f"{option}: there are blanks around {clean(text)!r}, as if a text had been split at its commas; give "
            "tenants as a list."
        )
    return reference


def parse_customer_id(text: str, option: str) -> Reference:
    """Return the reference to the tenant with this external id, or raise InputError."""
    return Reference("customer_id", check_text(text, option), text)


def protected_by(tenant: Tenant, entries: Iterable[str]) -> str | None:
    """Return the entry of protected_tenants that names the tenant itself, or None."""
    return next((entry for entry in entries if named_by(entry, tenant)), None)


def named_by(entry: str, tenant: Tenant) -> bool:
    """Whether the entry of protected_tenants names the tenant: by id, name or customer id."""
    # Looser than a reference, since here a match too many does no harm.
    names = (tenant.id, tenant.name, tenant.customer_id or "")
    return entry.strip().casefold() in {name.strip().casefold() for name in names}
