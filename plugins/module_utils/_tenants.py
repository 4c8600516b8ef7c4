# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tenant resource: what a tenant is, and how the platform is asked for tenants and told to change them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ansible_collections.community.acronis.plugins.module_utils._client import Client
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    TENANT_NOT_FOUND,
    AnswerError,
    ApiError,
    NotFoundError,
)
from ansible_collections.community.acronis.plugins.module_utils._pool import Lazy
from ansible_collections.community.acronis.plugins.module_utils._text import UUID_PATTERN
from ansible_collections.community.acronis.plugins.module_utils._throttle import Backoff, Retries, Stop

# Limits of the platform (vendor's OpenAPI document).
BATCH_LIMIT = 100
PAGE_LIMIT = 5000
USERS_PAGE_LIMIT = 2000

# A listing that goes on beyond this has no end. A large partner has some 20,000 tenants, and a page at least some 100.
MAX_ITEMS = 1_000_000
MAX_PAGES = 10_000
# A page may be empty, since the platform takes out what may not be seen; but not so many in a row.
MAX_BARREN_PAGES = 20

# 404 is what the vendor's documents have for a tenant that is gone; 410 would say the same.
GONE_STATUSES = frozenset({404, 410})


@dataclass(frozen=True)
class Tenant:
    """A tenant as the platform shows it.

    version: the revision that a write must carry. deleted_at: time of deletion as the platform writes it, or None.
    customer_id: external id. owner_id: the user whose personal tenant it is, or None.
    has_children: whether it has sub-tenants. ancestral_access: False when administrators above see nothing below it.
    lock_owner_id: the tenant that alone may update it ("" when the platform does not say which), or None when unlocked.
    operation: `deleting` or `recovering` while the platform is at it. internal_tag: free for third parties, None when
    empty. pricing_mode: `trial`, `production` or `suspended`. created_at, updated_at: times of its creation and of the
    last change of any kind, as the platform writes them. Source of all: vendor's OpenAPI document.
    """

    id: str
    version: int
    name: str
    kind: str
    enabled: bool
    parent_id: str
    deleted_at: str | None = None
    customer_id: str | None = None
    owner_id: str | None = None
    has_children: bool = True
    ancestral_access: bool = True
    lock_owner_id: str | None = None
    operation: str | None = None
    internal_tag: str | None = None
    pricing_mode: str | None = None
    # For people. Whether a tenant was changed is told by its version.
    created_at: str | None = field(default=None, compare=False)
    updated_at: str | None = field(default=None, compare=False)

    @property
    def personal(self) -> bool:
        """Whether it is the personal tenant of a user, which the platform makes by itself with each user."""
        return self.kind == "unit" and self.owner_id is not None

    @property
    def hides_children(self) -> bool:
        """Whether it keeps its sub-tenants and users from administrators above; units cannot."""
        return not self.ancestral_access and self.kind != "unit"

    @property
    def may_have_descendants(self) -> bool:
        """Whether there are sub-tenants, or it cannot be seen that there are none."""
        return self.has_children or self.hides_children

    @classmethod
    def parse(cls, document: Any) -> Tenant:
        """Return the tenant in a JSON object of the platform, or raise AnswerError.

        Only the keys that every known answer has are demanded: older samples of the vendor lack the others.
        """
        if not isinstance(document, dict):
            _misshapen("a tenant is not an object")

        def value(key: str, kind: type, default: Any = ...) -> Any:
            found = document.get(key)
            if found is None and default is not ...:
                return default
            if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
                _misshapen(f"a tenant has no usable {key!r}")
            return found

        identity = value("id", str)
        if not UUID_PATTERN.fullmatch(identity):
            _misshapen("a tenant has no usable 'id'")
        lock = value("update_lock", dict, {})
        return cls(
            id=identity,
            version=value("version", int),
            name=value("name", str),
            # The same for many: kept once.
            kind=sys.intern(value("kind", str)),
            enabled=value("enabled", bool),
            parent_id=sys.intern(value("parent_id", str)),
            deleted_at=value("deleted_at", str, None),
            customer_id=value("customer_id", str, None),
            owner_id=value("owner_id", str, None),
            has_children=value("has_children", bool, True),
            ancestral_access=value("ancestral_access", bool, True),
            lock_owner_id=str(lock.get("owner_id") or "") if lock.get("enabled") else None,
            operation=value("external_operation_status", str, None),
            internal_tag=value("internal_tag", str, None) or None,
            pricing_mode=value("pricing_mode", str, None),
            created_at=value("created_at", str, None),
            updated_at=value("updated_at", str, None),
        )


def _says_gone(error: ApiError) -> bool:
    # Never a 403, whatever it says: what may not be seen is not absent.
    return error.refuses(*GONE_STATUSES) or (error.refuses(400) and error.code == TENANT_NOT_FOUND)


def no_such_root(root_id: str) -> NotFoundError:
    """Return the error for a tenant that is not there, of which all that is below was to be listed."""
    return NotFoundError(f"there is no tenant {root_id} to look below; check subtree_root_id and the data center.")


def _misshapen(what: str) -> NoReturn:
    raise AnswerError(
        f"the platform's answer cannot be understood ({what}): check datacenter_url and any proxy.", uncertain=True
    )


class TenantApi:
    """The requests about tenants. Deleted tenants that can still be restored are shown unless said otherwise."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._own = Lazy(self._ask_for_own)

    @property
    def has_foreign_token(self) -> bool:
        """Whether the token was given by the user, so that client_id need not be the client that it belongs to."""
        return self._client.settings.access_token is not None

    @property
    def own_tenant_id(self) -> str | None:
        """The tenant where the API client lives, or None when only an access token is known; asked for once.

        Source: vendor's guide "Authenticating to the Acronis platform". Raises AcronisError.
        """
        return self._own()

    @property
    def top_id(self) -> str | None:
        """The tenant above which the API client sees nothing, which is its own; None when that is not known."""
        if self.has_foreign_token:
            return None
        try:
            return self.own_tenant_id
        except ApiError:
            return None

    def _ask_for_own(self) -> str | None:
        client_id = self._client.settings.client_id
        if client_id is None:
            return None
        tenant_id = self._client.get(f"/clients/{client_id}").get("tenant_id")
        if not isinstance(tenant_id, str) or not UUID_PATTERN.fullmatch(tenant_id):
            _misshapen("an API client has no usable 'tenant_id'")
        return tenant_id

    def get(self, tenant_id: str, left_out: bool = False) -> Tenant | None:
        """Return the tenant, or None when there is none, or none any more. Raises ApiError when it may not be seen
        (403).

        left_out: an answer to a batch has just left it out. Otherwise a batch must do so before it counts as gone: a
        404 alone may come from a gateway that does not know the way.
        """
        try:
            return self._one(tenant_id, self._client.get(f"/tenants/{tenant_id}", {"allow_deleted": "true"}))
        except ApiError as error:
            if not _says_gone(error):
                raise
        if left_out:
            return None
        try:
            return next(iter(self.batch([tenant_id])), None)
        except ApiError as error:
            if error.code != TENANT_NOT_FOUND or not _says_gone(error):
                raise
            return None

    def batch(self, ids: Iterable[str], with_ancestors: bool = False) -> list[Tenant]:
        """Return those of the tenants that exist and may be seen, and with_ancestors also what is above them.

        The platform takes at most 100 ids at a time and leaves out those that do not exist.
        """
        unique = list(dict.fromkeys(ids))
        params = {"allow_deleted": "true"} | ({"include_relative_path": "true"} if with_ancestors else {})
        found: dict[str, Tenant] = {}
        for start in range(0, len(unique), BATCH_LIMIT):
            chunk = ",".join(unique[start : start + BATCH_LIMIT])
            found.update((tenant.id, tenant) for tenant in self._tenants({"uuids": chunk, **params}))
        return list(found.values())

    def subtree(self, root_id: str, deleted: bool = True) -> Iterator[Tenant]:
        """Yield the tenant and all below it, level by level. Raises NotFoundError when there is no such tenant."""
        missing = True
        for tenant in self._tenants({"subtree_root_id": root_id, **({"allow_deleted": "true"} if deleted else {})}):
            missing = missing and tenant.id != root_id
            yield tenant
        if missing:
            # Not to be taken for one that has nothing below it.
            raise no_such_root(root_id)

    def children(self, parent_id: str, deleted: bool = True) -> Iterator[Tenant]:
        """Yield the tenants right below this one."""
        return self._tenants({"parent_id": parent_id, **({"allow_deleted": "true"} if deleted else {})})

    def tenant_ids_of_users(self, root_id: str) -> Iterator[str]:
        """Yield for each user account in the tenant and below it the id of the tenant that the account is in."""
        for user in self._pages("/users", {"subtree_root_tenant_id": root_id}, USERS_PAGE_LIMIT):
            yield _text_of(user, "tenant_id", "a user account")

    def tenant_ids_of_clients(self) -> list[str]:
        """Return for each enabled API client that the platform tells of the id of the tenant that it lives in."""
        clients = self._pages("/clients", {}, None)
        working = [one for one in clients if not (isinstance(one, dict) and one.get("status") == "disabled")]
        return [_text_of(client, "tenant_id", "an API client") for client in working]

    def storage(self, ids: Sequence[str]) -> dict[str, int | None]:
        """Return for each of the tenants, 100 at most, that the platform tells of, how many bytes are stored there.

        None: it tells of the storage, but not how many bytes it has. Whether those of sub-tenants are among them is not
        documented. Refreshed every 5 to 6 hours (vendor's pages on usage reporting). Raises AcronisError.
        """
        items = self._client.get("/tenants/usages", {"tenants": ",".join(ids), "usage_names": "storage"}).get("items")
        if not isinstance(items, list):
            _misshapen("the usages have no usable 'items'")
        return {_text_of(item, "tenant", "an item of the usages"): _stored_bytes(item.get("usages")) for item in items}

    def set_enabled(self, tenant: Tenant, enabled: bool, backoff: Backoff, internal_tag: str | None = None) -> Tenant:
        """Enable or disable the tenant under its version and return it as the platform shows it afterwards.

        internal_tag: what to write to that field with it; None leaves it as it is, and empty text clears it. Only the
        changed keys and the version are sent (vendor's guide "Disabling a tenant"). Raises AcronisError.
        """
        tag = {} if internal_tag is None else {"internal_tag": internal_tag}
        body = {"enabled": enabled, "version": tenant.version, **tag}
        return self._one(tenant.id, self._client.put(f"/tenants/{tenant.id}", body, backoff))

    def delete(self, tenant: Tenant, backoff: Backoff) -> None:
        """Delete the disabled tenant, under its version, with all that is in it. Raises AcronisError."""
        self._client.delete(f"/tenants/{tenant.id}", {"version": str(tenant.version)}, backoff)

    def restore(self, tenant: Tenant, backoff: Backoff) -> None:
        """Restore the deleted tenant. Takes no version, and the answer shows nothing (vendor's OpenAPI document).

        Refused when another tenant has taken the name. Raises AcronisError.
        """
        self._client.post(f"/tenants/{tenant.id}/restore", backoff)

    def backoff(self) -> Backoff:
        """Return a fresh budget for the retries of one write."""
        return self._client.backoff()

    @property
    def stop(self) -> Stop:
        """How the task is told to stop."""
        return self._client.stop

    @property
    def retries(self) -> Retries:
        """The requests that were repeated so far."""
        return self._client.retries

    @staticmethod
    def _one(tenant_id: str, document: Any) -> Tenant:
        tenant = Tenant.parse(document)
        if tenant.id != tenant_id:
            _misshapen("it is about another tenant than the one asked for")
        return tenant

    def _tenants(self, params: Mapping[str, str]) -> Iterator[Tenant]:
        return map(Tenant.parse, self._pages("/tenants", params, PAGE_LIMIT))

    def _pages(self, path: str, params: Mapping[str, str], limit: int | None) -> Iterator[Any]:
        """Yield the items of all pages of a listing. The cursor carries the filters with it."""
        seen: set[str] = set()
        size = {} if limit is None else {"limit": str(limit)}
        query = {**size, **params}
        known: set[Any] = set()
        count = barren = 0
        while True:
            page = self._client.get(path, query)
            items = page.get("items")
            if not isinstance(items, list):
                _misshapen("a listing has no usable 'items'")
            yield from items
            ids = {str(item.get("id", id(item))) if isinstance(item, dict) else id(item) for item in items}
            barren = 0 if ids - known else barren + 1
            known |= ids
            count += len(items)
            if count > MAX_ITEMS or len(seen) > MAX_PAGES or barren > MAX_BARREN_PAGES:
                _misshapen(f"a listing of {path} does not end after {count} entries on {len(seen) + 1} pages")
            cursor = _cursor(page)
            if cursor is None:
                return
            if cursor in seen:
                _misshapen("a listing repeats its cursor")
            # Gone before the next page comes, each being several MB.
            del page, items, ids
            seen.add(cursor)
            query = {**size, "after": cursor}


def _stored_bytes(usages: Any) -> int | None:
    """Return the sum over the storages. A usage without a storage is their total, so it counts only where it is alone.

    The guide tells integrators to take `absolute_value`, not `value`.
    """
    if not isinstance(usages, list) or not all(isinstance(usage, dict) for usage in usages):
        _misshapen("an item of the usages has no usable 'usages'")
    found = [one for one in usages if one.get("usage_name") == "storage" and one.get("measurement_unit") == "bytes"]
    parts = [one for one in found if one.get("infra_id") is not None]
    values: list[Any] = [one.get("absolute_value") for one in parts or found]
    if None in values:
        return None
    if not all(isinstance(value, int) and not isinstance(value, bool) and value >= 0 for value in values):
        _misshapen("a usage has no usable 'absolute_value'")
    return sum(map(int, values))


def _text_of(item: Any, key: str, what: str) -> str:
    value = item.get(key) if isinstance(item, dict) else None
    if not isinstance(value, str):
        _misshapen(f"{what} has no usable {key!r}")
    return value


def _cursor(page: Mapping[str, Any]) -> str | None:
    """Return where the next page starts. All of `paging`, `cursors` and `after` may be missing or empty on the last
    page.
    """
    paging = page.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and after else None
