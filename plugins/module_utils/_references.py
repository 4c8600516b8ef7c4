# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user calls a tenant: by ID, by name or by external ID. No I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant
from ansible_collections.community.acronis.plugins.module_utils._text import (
    canonical,
    check_list,
    check_text,
    is_uuid,
    loose,
    loose_forms,
    shown,
)


@dataclass(frozen=True)
class Reference:
    """How a tenant is named in a task. text: as the user wrote it. value: what it is compared with."""

    kind: Literal["id", "name", "customer_id"]
    value: str
    text: str

    def matches(self, tenant: Tenant) -> bool:
        """Whether the tenant is one that the reference names."""
        named = {"id": tenant.id, "name": tenant.name, "customer_id": tenant.customer_id}[self.kind]
        return named is not None and canonical(named) == self.value


def parse_tenant(value: Any, option: str) -> Reference:
    """Return the reference that a UUID or an exact name stands for, or raise InputError."""
    text = check_text(value, option)
    if is_uuid(text):
        return Reference("id", text.lower(), text)
    return Reference("name", canonical(text), text)


def parse_customer_id(value: Any, option: str) -> Reference:
    """Return the reference to the tenant with this external ID, or raise InputError."""
    text = check_text(value, option)
    return Reference("customer_id", canonical(text), text)


def parse_customer_ids(value: Any, option: str) -> list[Reference]:
    """Return the references that a list of external IDs stands for, or raise InputError."""
    return [parse_customer_id(entry, f"{option}[{n}]") for n, entry in enumerate(check_list(value, option))]


def refuse_duplicates(references: Sequence[Reference], option: str) -> None:
    """Raise InputError when two entries of a list name the same tenant."""
    first: dict[tuple[str, str], int] = {}
    for number, reference in enumerate(references):
        known = first.setdefault((reference.kind, reference.value), number)
        if known != number:
            raise InputError(
                f"{option}[{number}]: it names the same tenant as {option}[{known}]; name each tenant once."
            )


class NearTenants:
    """Tenants that are nearly what a reference names: another case, other white space, an external ID given as a name,
    and the like.
    """

    def __init__(self, tenants: Iterable[Tenant]) -> None:
        self._by_form: dict[tuple[str, str], list[Tenant]] = defaultdict(list)
        for tenant in tenants:
            for form in loose_forms(tenant.name):
                self._by_form["name", form].append(tenant)
            for form in loose_forms(tenant.customer_id or ""):
                self._by_form["customer_id", form].append(tenant)

    def find(self, reference: Reference) -> list[Tenant]:
        """Return the tenants that are nearly what the reference names."""
        forms = loose_forms(reference.value)
        found = [
            one for kind in ("name", "customer_id") for form in forms for one in self._by_form.get((kind, form), ())
        ]
        return list(dict.fromkeys(found)) if "" not in forms else []


def describe_near(reference: Reference, tenants: Sequence[Tenant]) -> str:
    """Return what is nearly the same as the reference, for a message that says that nothing matches it exactly."""
    first = tenants[0]
    other: Literal["name", "customer_id"] = "customer_id" if reference.kind == "name" else "name"
    if Reference(other, reference.value, reference.text).matches(first):
        option = "customer_id" if other == "customer_id" else "tenant"
        what = "the external ID" if other == "customer_id" else "the name"
        return f"{shown(reference.text)} is {what} of tenant {shown(first.name)} ({first.id}); give it as {option}."
    named = {"name": first.name, "customer_id": first.customer_id or ""}
    is_same_kind = bool(loose_forms(reference.value) & loose_forms(named.get(reference.kind, "")))
    own = named[reference.kind if is_same_kind else other]
    what = "" if is_same_kind else ("its external ID " if other == "customer_id" else "its name ")
    more = f" and {len(tenants) - 1} more are" if len(tenants) > 1 else " is"
    same_looks = canonical(own) != own or not own.isascii()
    exact = f" (in code points, {own!a} and not {reference.text!a})" if same_looks else ""
    return (
        f"nothing is called {shown(reference.text)}, but tenant {shown(first.name)} ({first.id}){more} nearly the "
        f"same: {what}{shown(own)}{exact}. Correct it, or name the tenant by its UUID."
    )


@dataclass(frozen=True)
class ProtectedEntry:
    """An entry of protected_tenants: a UUID, a name or an external ID. text: as the user wrote it."""

    text: str
    form: str

    @classmethod
    def parse(cls, value: Any, option: str) -> ProtectedEntry:
        """Return the entry, or raise InputError."""
        text = check_text(value, option)
        return cls(text, loose(text))

    @property
    def id(self) -> str | None:
        """The UUID, if it is one."""
        return self.text.lower() if is_uuid(self.text) else None


@dataclass(frozen=True)
class ProtectedEntries:
    """The entries of protected_tenants. What names a tenant is found without looking at each of them."""

    entries: Sequence[ProtectedEntry] = ()

    @classmethod
    def parse(cls, values: Sequence[Any], option: str) -> ProtectedEntries:
        """Return the entries, or raise InputError that names the first one that is wrong."""
        return cls(tuple(ProtectedEntry.parse(value, f"{option}[{n}]") for n, value in enumerate(values)))

    def naming(self, tenant: Tenant) -> ProtectedEntry | None:
        """Return an entry that names the tenant. Looser than a reference, since a match too many does no harm."""
        if not self.entries:
            return None
        forms = (loose(tenant.name), loose(tenant.customer_id or ""))
        return self._by_id.get(tenant.id) or next(filter(None, map(self._by_form.get, forms)), None)

    @cached_property
    def _by_id(self) -> dict[str | None, ProtectedEntry]:
        return {entry.id: entry for entry in self.entries if entry.id is not None}

    @cached_property
    def _by_form(self) -> dict[str, ProtectedEntry]:
        return {entry.form: entry for entry in self.entries}


NOT_PROTECTED = ProtectedEntries()
