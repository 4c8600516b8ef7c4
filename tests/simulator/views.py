# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the platform's objects look in answers."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from .model import NAMESPACE, Client, Tenant, User
from .platform import Platform

BRAND_ID = str(uuid.uuid5(NAMESPACE, "brand"))

_CONTACT_TEXTS = (
    "address1",
    "address2",
    "country",
    "state",
    "city",
    "zipcode",
    "phone",
    "firstname",
    "lastname",
    "title",
    "website",
    "industry",
    "organization_size",
    "aan",
)
_ZONES = {"offset": "+00:00", "zulu": "Z", "none": ""}
_STAMPS = ("id", "parent_id", "version", "created_at", "updated_at", "deleted_at", "contacts", "offering_items")
_BASIC = (*_STAMPS, "name", "kind", "enabled")


@lru_cache(maxsize=8192)
def _stamp(seconds: int, style: str) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + _ZONES[style]


@lru_cache(maxsize=65536)
def _contact_id(owner_id: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"contact {owner_id}"))


class Views:
    """Answers made of a platform's objects, in the styles its switches ask for."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def time(self, seconds: float) -> str:
        """A time as the platform writes it."""
        return _stamp(int(seconds), self.platform.switches.timestamps)

    def _deleted_at(self, item: Tenant | User) -> str | None:
        deletion = self.platform.shown_deletion(item)
        return self.time(deletion.done_at) if deletion and self.platform.is_deleted(item) else None

    def _contact(self, owner: Tenant | User, values: dict[str, Any]) -> dict[str, Any]:
        made = {
            "id": _contact_id(owner.id),
            "created_at": self.time(owner.created_at),
            "updated_at": self.time(owner.updated_at),
            "types": values.get("types", ["legal"]),
            "email": values.get("email", ""),
            "email_confirmed": values.get("email_confirmed"),
        }
        made.update({key: values.get(key) for key in _CONTACT_TEXTS})
        return made

    def tenant(self, tenant: Tenant) -> dict[str, Any]:
        """The vendor's schema ``tenant``."""
        return {
            "id": tenant.id,
            "version": tenant.version,
            "created_at": self.time(tenant.created_at),
            "updated_at": self.time(tenant.updated_at),
            "deleted_at": self._deleted_at(tenant),
            "production_start_date": None,
            "name": tenant.name,
            "customer_type": tenant.customer_type,
            "parent_id": (tenant.parent or tenant).id,
            "kind": tenant.kind,
            "contact": self._contact(tenant, tenant.contact),
            "contacts": [],
            "enabled": tenant.enabled,
            "customer_id": tenant.customer_id,
            "brand_id": None,
            "brand_uuid": BRAND_ID,
            "brand_enabled": False,
            "internal_tag": tenant.internal_tag,
            "language": tenant.language,
            "owner_id": tenant.owner_id,
            "has_children": self.platform.has_children(tenant),
            "default_idp_id": tenant.default_idp_id,
            "update_lock": {"enabled": tenant.lock_owner_id is not None, "owner_id": tenant.lock_owner_id},
            "ancestral_access": tenant.ancestral_access,
            "mfa_status": "disabled",
            "pricing_mode": tenant.pricing_mode,
            "external_operation_status": self.platform.operation_status(tenant),
        }

    def tenant_path(self, tenant: Tenant, caller: Client) -> list[str]:
        """Names from the caller's tenant down to this one."""
        chain = [tenant, *tenant.ancestors()]
        return [above.name for above in reversed(chain[: chain.index(caller.tenant) + 1])]

    def item(self, tenant: Tenant, lod: str, with_contacts: bool) -> dict[str, Any]:
        """One item of a listing, in the level of detail ``stamps``, ``basic`` or ``full``."""
        contacts = [self._contact(tenant, tenant.contact)] if with_contacts else []
        if lod == "full":
            return {
                **self.tenant(tenant),
                "contacts": contacts,
                "offering_items": [],
                "barrier": 0 if tenant.ancestral_access else self.platform.depth(tenant),
            }
        made = {
            "id": tenant.id,
            "parent_id": (tenant.parent or tenant).id,
            "version": tenant.version,
            "created_at": self.time(tenant.created_at),
            "updated_at": self.time(tenant.updated_at),
            "deleted_at": self._deleted_at(tenant),
            "contacts": contacts,
            "offering_items": [],
            "name": tenant.name,
            "kind": tenant.kind,
            "enabled": tenant.enabled,
        }
        return {key: made[key] for key in (_STAMPS if lod == "stamps" else _BASIC)}

    def user(self, user: User) -> dict[str, Any]:
        """The part of a user account that the simulator keeps."""
        contact = {"email": user.email, "firstname": user.first_name, "lastname": user.last_name, "types": []}
        return {
            "id": user.id,
            "version": user.version,
            "created_at": self.time(user.created_at),
            "updated_at": self.time(user.updated_at),
            "deleted_at": self._deleted_at(user),
            "tenant_id": user.tenant.id,
            "login": user.login,
            "contact": self._contact(user, contact),
            "enabled": user.enabled,
            "activated": True,
            "personal_tenant_id": user.personal_tenant.id if user.personal_tenant else None,
            "language": "en",
        }

    def usages(self, tenant: Tenant, storage: list[int], names: set[str]) -> dict[str, Any]:
        """What a tenant uses: the bytes in each storage, and what else counts the same bytes once more."""
        common = {
            "application_id": str(uuid.uuid5(NAMESPACE, "application")),
            "edition": "pck_per_gigabyte",
            "measurement_unit": "bytes",
            "range_start": self.time(tenant.created_at),
            "tenant_uuid": tenant.id,
        }
        usages = [
            {
                **common,
                "name": "pg_base_storage",
                "usage_name": "storage",
                "type": "infra",
                "value": stored,
                "absolute_value": stored,
                "infra_id": str(uuid.uuid5(NAMESPACE, f"storage {number}")),
                "offering_item": {"status": 1, "quota": {"value": None, "overage": None, "version": 0}},
            }
            for number, stored in enumerate(storage)
        ]
        total = {"name": "pg_total_storage", "usage_name": "total_storage", "type": "count"}
        usages.append({**common, **total, "value": sum(storage), "absolute_value": sum(storage)})
        return {"tenant": tenant.id, "usages": [one for one in usages if not names or one["usage_name"] in names]}

    def client(self, client: Client) -> dict[str, Any]:
        """The vendor's schema ``client``."""
        return {
            "client_id": client.client_id,
            "tenant_id": client.tenant.id,
            "client_secret_expires_at": 0,
            "type": "api_client",
            "data": {"client_name": client.name},
            "token_endpoint_auth_method": "client_secret_basic",
            "created_at": self.time(client.created_at),
            "created_by": str(uuid.uuid5(NAMESPACE, "administrator")),
            "last_access_at": None if client.last_access_at is None else self.time(client.last_access_at),
            "last_access_from_ip": None if client.last_access_at is None else "192.0.2.10",
            "status": client.status,
        }
