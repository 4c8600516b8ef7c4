# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The platform as a state machine: tenants, users, API clients, tokens and time. No HTTP here.

Facts come from the vendor's OpenAPI document, developer guide and error code table; what these leave open is a switch
(see ``switches.py``). Callers that use several threads hold ``Platform.lock`` for the length of one operation.
"""

from __future__ import annotations

import secrets
import threading
import uuid
from bisect import bisect_left
from itertools import zip_longest
from typing import Any

from .model import (
    NAMESPACE,
    Client,
    Clock,
    Deletion,
    InvalidClientError,
    NotAuthenticatedError,
    PlatformError,
    Position,
    Selection,
    Tenant,
    Token,
    User,
)
from .switches import Switches

# Fields of a tenant that a request may set without a rule of its own.
PLAIN_FIELDS = (
    "name",
    "customer_type",
    "customer_id",
    "internal_tag",
    "language",
    "default_idp_id",
    "ancestral_access",
)

# Steps by which versions grow: never one, never even, so that nobody computes the next one.
VERSION_STEPS = (3, 2, 7, 5)

# What every token begins with, so that one is found in an output whichever it is.
TOKEN_PREFIX = "sim-"


ADMIN_FIELDS = {
    *PLAIN_FIELDS,
    "contact",
    "enabled",
    "external_operation_status",
    "kind",
    "parent_id",
    "pricing_mode",
    "update_lock",
    "version",
}
"""What another administrator may set, see :meth:`Platform.interfere`."""


class Platform:
    """All state of the simulated platform."""

    def __init__(self, switches: Switches | None = None) -> None:
        self.lock = threading.RLock()
        self.all_tokens: list[str] = []
        self.all_secrets: list[str] = []
        self.clear(switches)

    def clear(self, switches: Switches | None = None) -> None:
        """Forget everything but the tokens and secrets ever handed out."""
        self.switches = switches or Switches()
        self.clock = Clock()
        self.tenants: dict[str, Tenant] = {}
        self.users: dict[str, User] = {}
        self.clients: dict[str, Client] = {}
        self.tokens: dict[str, Token] = {}
        self.well_known: dict[str, str] = {}
        self.changes = 0
        self._serial = 0
        self._shape = 0
        self._orders: dict[tuple[str, str, bool, bool], tuple[int, list[tuple[int, int, Tenant]]]] = {}
        self._logins: dict[str, dict[str, User]] = {}

    # -- time and state ---------------------------------------------------------------------------------------------

    def shown_deletion(self, item: Tenant | User | Client) -> Deletion | None:
        """The deletion of which it is the result, also (a switch) one that is being undone."""
        if isinstance(item, Tenant) and item.deletion is None and self.switches.recovering_shows_deleted:
            return item.undone_deletion if self.clock.now() < item.recovering_until else None
        return item.deletion

    def is_deleted(self, item: Tenant | User | Client) -> bool:
        """Whether it is deleted and deprovisioning is over."""
        deletion = self.shown_deletion(item)
        return deletion is not None and not deletion.running(self.clock.now())

    def is_deleting(self, tenant: Tenant) -> bool:
        """Whether it is on its way out."""
        return tenant.deletion is not None and tenant.deletion.running(self.clock.now())

    def is_gone(self, item: Tenant | User | Client) -> bool:
        """Whether nothing of it is left: deleted, and the recovery period is over."""
        return item.deletion is not None and item.deletion.final(self.clock.now())

    def is_hidden(self, item: Tenant | User | Client) -> bool:
        """Whether no request sees it any more: nothing is left of it, or (a switch) it lies below a deleted tenant."""
        if self.is_gone(item):
            return True
        above = item.parent if isinstance(item, Tenant) else item.tenant
        return (
            self.switches.deleted_descendants == "hidden"
            and above is not None
            and self.is_deleted(item)
            and self.is_deleted(above)
        )

    def has_children(self, tenant: Tenant) -> bool:
        """Whether any direct sub-tenant is not deleted."""
        return any(not self.is_deleted(child) for child in tenant.children.values())

    def operation_status(self, tenant: Tenant) -> str | None:
        """Value of ``external_operation_status``."""
        if self.is_deleting(tenant):
            return "deleting"
        return "recovering" if self.clock.now() < tenant.recovering_until else tenant.external_operation_status

    def is_working(self, tenant: Tenant) -> bool:
        """Whether the tenant and all above are enabled and not deleted, so that its clients may work."""
        return all(t.enabled and t.deletion is None for t in (tenant, *tenant.ancestors()))

    def depth(self, tenant: Tenant) -> int:
        """Levels above the tenant."""
        return sum(1 for above in tenant.ancestors())

    # -- tokens and clients -----------------------------------------------------------------------------------------

    def issue_token(self, client_id: str, secret: str, lifetime: float | None = None) -> Token:
        """A new token that lives ``lifetime`` seconds.

        Raises:
            InvalidClientError: wrong credentials, or the client or its tenant is disabled or deleted.
        """
        client = self.clients.get(client_id)
        if client is None or not secrets.compare_digest(client.secret.encode(), secret.encode()):
            raise InvalidClientError
        if client.status != "enabled" or client.deletion is not None or not self.is_working(client.tenant):
            raise InvalidClientError
        now = self.clock.now()
        client.last_access_at = now
        seconds = self.switches.token_seconds if lifetime is None else lifetime
        token = Token(TOKEN_PREFIX + secrets.token_urlsafe(32), client, now + seconds)
        self.tokens[token.value] = token
        self.all_tokens.append(token.value)
        return token

    def authenticate(self, value: str) -> Client:
        """The client that holds the token.

        Raises:
            NotAuthenticatedError: the token does not work, or not any more.
        """
        token = self.tokens.get(value)
        if token is None or token.revoked or self.clock.now() >= token.expires_at:
            raise NotAuthenticatedError
        client = token.client
        works = client.status == "enabled" and client.deletion is None and self.is_working(client.tenant)
        if not works and self.switches.disabled_client == "refused":
            raise NotAuthenticatedError
        return client

    def revoke_tokens(self) -> None:
        """Make every token issued so far useless."""
        for token in self.tokens.values():
            token.revoked = True

    def get_client(self, caller: Client, client_id: str) -> Client:
        """An API client in the caller's reach.

        Raises:
            PlatformError: 404 if unknown, 1002 or 1005 if out of reach.
        """
        client = self.clients.get(client_id)
        if client is None or self.is_deleted(client):
            raise PlatformError(404, "No such client.")
        self._check_reach(caller, client.tenant)
        return client

    def list_clients(
        self, caller: Client, *, uuids: tuple[str, ...] | None = None, below: bool = False, allow_deleted: bool = False
    ) -> list[Client]:
        """API clients by id, of the caller's tenant, or of that and all ``below``; oldest first.

        What a self-service tenant hides from above is left out.
        """
        return [
            client
            for client in self.clients.values()
            if (uuids is None or client.client_id in uuids)
            and (client.tenant is caller.tenant or uuids is not None or below)
            and self.in_reach(caller, client.tenant)
            and not self.is_closed(caller, client.tenant)
            and self._is_shown(client, allow_deleted)
        ]

    # -- reach ------------------------------------------------------------------------------------------------------

    def in_reach(self, caller: Client, tenant: Tenant) -> bool:
        """Whether the caller may see the tenant: its own and those below, not past a self-service tenant."""
        if tenant is caller.tenant:
            return True
        for above in tenant.ancestors():
            if above is caller.tenant:
                return True
            if above.self_service:
                return False
        return False

    def is_closed(self, caller: Client, tenant: Tenant) -> bool:
        """Whether the caller sees the tenant but neither its children nor its accounts."""
        return tenant.self_service and tenant is not caller.tenant

    def _check_reach(self, caller: Client, tenant: Tenant) -> None:
        if not self.in_reach(caller, tenant):
            if self.switches.out_of_scope_status == 404:
                raise self._not_found(tenant.id)
            raise PlatformError(1002, "Access is denied.", tenant.id)

    @staticmethod
    def _not_found(tenant_id: str) -> PlatformError:
        return PlatformError(1005, "Tenant is not found.", tenant_id)

    # -- reading ----------------------------------------------------------------------------------------------------

    def get_tenant(self, caller: Client, tenant_id: str, allow_deleted: bool = False) -> Tenant:
        """One tenant.

        Raises:
            PlatformError: 1005 (or 410) if there is none, 1002 if it is out of reach.
        """
        tenant = self.tenants.get(tenant_id)
        if tenant is None or self.is_hidden(tenant):
            raise self._not_found(tenant_id)
        self._check_reach(caller, tenant)
        if self.is_deleted(tenant) and not self._shows_deleted(allow_deleted):
            if self.switches.get_deleted == "gone":
                raise PlatformError(410, "The tenant has been deleted.", tenant_id)
            if self.switches.get_deleted == "not_found":
                raise self._not_found(tenant_id)
        return tenant

    def _shows_deleted(self, allow_deleted: bool) -> bool:
        return allow_deleted and self.switches.allow_deleted_honored

    def _is_shown(self, item: Tenant | User | Client, allow_deleted: bool) -> bool:
        return not self.is_deleted(item) or (self._shows_deleted(allow_deleted) and not self.is_hidden(item))

    def _is_listed(self, item: Tenant | User, allow_deleted: bool, updated_since: float | None) -> bool:
        return self._is_shown(item, allow_deleted) and (updated_since is None or item.updated_at > updated_since)

    def _order(
        self, root: Tenant, caller: Client, direct: bool, through: bool = False
    ) -> list[tuple[int, int, Tenant]]:
        """The subtree, or the children alone, as far as the caller may see it, or also ``through`` self-service tenants
        below the root; sorted by level.

        Kept until the shape of the tree changes, so that the next page costs no new walk.
        """
        through = through and not self.is_closed(caller, root)
        key = (root.id, caller.client_id, direct, through)
        known = self._orders.get(key)
        if known and known[0] == self._shape:
            return known[1]
        order: list[tuple[int, int, Tenant]] = []
        level = self._open_children(caller, [root], through) if direct else [root]
        depth = 0
        while level:
            order += sorted((depth, tenant.serial, tenant) for tenant in level)
            level = [] if direct else self._open_children(caller, level, through)
            depth += 1
        self._orders[key] = (self._shape, order)
        return order

    def _open_children(self, caller: Client, level: list[Tenant], through: bool) -> list[Tenant]:
        return [c for one in level if through or not self.is_closed(caller, one) for c in one.children.values()]

    def _root(self, caller: Client, tenant_id: str, allow_deleted: bool) -> Tenant | None:
        """The root of a listing; None if it is to be empty."""
        try:
            return self.get_tenant(caller, tenant_id, allow_deleted)
        except PlatformError as error:
            if error.code == 1005 and self.switches.unknown_root == "empty":
                return None
            raise

    def _check_open(self, caller: Client, tenant: Tenant) -> None:
        if self.is_closed(caller, tenant) and self.switches.self_service_reads == "refused":
            raise PlatformError(1002, "Access is denied.", tenant.id)

    def list_tenants(
        self, caller: Client, selection: Selection, limit: int, after: Position | None = None
    ) -> tuple[list[Tenant], Position | None]:
        """One page of a listing and the position after it, None on the last page.

        Raises:
            PlatformError: the root of the listing is unknown or out of reach, or (a switch) one of the uuids is.
        """
        if selection.uuids is not None:
            order = self._pick(caller, selection)
        else:
            direct = selection.parent_id is not None
            root_id = selection.parent_id if direct else selection.subtree_root_id
            root = self._root(caller, root_id or "", selection.allow_deleted)
            if root:
                self._check_open(caller, root)
            order = self._order(root, caller, direct, self.switches.self_service_listing == "shown") if root else []
        start = bisect_left(order, (after[0], after[1] + 1)) if after else 0
        page: list[Tenant] = []
        last: Position | None = None
        for index in range(start, len(order)):
            depth, serial, tenant = order[index]
            if not self._is_listed(tenant, selection.allow_deleted, selection.updated_since):
                continue
            if len(page) == limit:
                return page, last
            page.append(tenant)
            last = (depth, serial)
        return page, None

    def _pick(self, caller: Client, selection: Selection) -> list[tuple[int, int, Tenant]]:
        picked: dict[str, Tenant] = {}
        for tenant_id in selection.uuids or ():
            tenant = self.tenants.get(tenant_id)
            if tenant is None:
                continue
            if self.in_reach(caller, tenant):
                picked[tenant_id] = tenant
                if selection.relative_path and self._shows_above(tenant):
                    picked.update((t.id, t) for t in tenant.ancestors() if self.in_reach(caller, t))
            elif self.switches.batch_out_of_scope == "refused":
                self._check_reach(caller, tenant)
        # Not the order of the request: no source promises it.
        return sorted((self.depth(tenant), tenant.serial, tenant) for tenant in picked.values())

    def _shows_above(self, tenant: Tenant) -> bool:
        shown = self.switches.relative_path_of_deleted == "shown" or not self.is_deleted(tenant)
        return self.switches.relative_path_honored and shown

    def list_usages(self, caller: Client, tenant_ids: tuple[str, ...]) -> list[tuple[Tenant, list[int]]]:
        """What each of the tenants stores, in bytes for each storage; those that are not to be seen are left out.

        Raises:
            PlatformError: 1002 if (a switch) the client may not see usages.
        """
        if self.switches.usages_listing == "refused":
            raise PlatformError(1002, "Access is denied.", tenant_ids[0])
        known = (self.tenants[tenant_id] for tenant_id in dict.fromkeys(tenant_ids) if tenant_id in self.tenants)
        seen = [tenant for tenant in known if self.in_reach(caller, tenant) and not self.is_deleted(tenant)]
        contained = self.switches.usages_of_sub_tenants == "contained"
        found = []
        for tenant in seen:
            counted = [one for one in (tenant.subtree() if contained else [tenant]) if one.deletion is None]
            storage = [sum(parts) for parts in zip_longest(*(one.storage for one in counted), fillvalue=0)]
            if storage or self.switches.usages_listing != "left_out":
                found.append((tenant, storage))
        return found

    def list_users(
        self,
        caller: Client,
        *,
        tenant_id: str | None = None,
        subtree_root_id: str | None = None,
        uuids: tuple[str, ...] | None = None,
        allow_deleted: bool = False,
        updated_since: float | None = None,
    ) -> list[User]:
        """Users of one tenant, of a subtree, or by id; oldest first.

        Raises:
            PlatformError: as for :meth:`get_tenant`; 1002 if (a switch) the client may not list users at all, or not
                those of a self-service tenant.
        """
        if self.switches.users_listing == "refused":
            raise PlatformError(1002, "Access is denied.", tenant_id or subtree_root_id)
        if uuids is not None:
            known = (self.users[user_id] for user_id in dict.fromkeys(uuids) if user_id in self.users)
            users = [u for u in known if self.in_reach(caller, u.tenant) and not self.is_closed(caller, u.tenant)]
        else:
            root = self._root(caller, tenant_id or subtree_root_id or "", allow_deleted)
            if root is None:
                return []
            self._check_open(caller, root)
            tenants = [root] if tenant_id else [entry[2] for entry in self._order(root, caller, False)]
            users = [u for tenant in tenants if not self.is_closed(caller, tenant) for u in tenant.users.values()]
        return sorted(
            (
                user
                for user in users
                if self._is_listed(user, allow_deleted, updated_since)
                and (not user.hidden or self.switches.hidden_users == "shown")
            ),
            key=lambda user: user.serial,
        )

    # -- writing ----------------------------------------------------------------------------------------------------

    def _next(self) -> int:
        self._serial += 1
        return self._serial

    def _touch(self, item: Tenant | User) -> None:
        """Raise the version and the time of the last update."""
        now = self.clock.now()
        self.changes += 1
        if self.switches.version_growth == "timestamp":
            item.version = max(item.version + 1, int(now * 1000))
        else:
            item.version += VERSION_STEPS[(self.changes + item.serial) % len(VERSION_STEPS)]
        item.updated_at = now

    def _check_name(self, parent: Tenant, name: str, ignore: Tenant | None = None) -> None:
        for other in parent.names.get(name.casefold(), {}).values():
            if other is not ignore and not self.is_deleted(other):
                raise PlatformError(1004, "A tenant of that name exists.", other.id)

    def _index_name(self, tenant: Tenant) -> None:
        if tenant.parent is not None:
            tenant.parent.names.setdefault(tenant.name.casefold(), {})[tenant.id] = tenant

    def _unindex_name(self, tenant: Tenant) -> None:
        if tenant.parent is not None:
            tenant.parent.names[tenant.name.casefold()].pop(tenant.id)

    def _check_lock(self, caller: Client | None, tenant: Tenant) -> None:
        if caller is not None and tenant.lock_owner_id not in (None, caller.tenant.id):
            raise PlatformError(1012, "The tenant is locked.", tenant.id)

    def _check_idle(self, tenant: Tenant) -> None:
        if self.operation_status(tenant) is not None:
            raise PlatformError(1011, "Deprovisioning is in progress.", tenant.id)

    def _check_version(self, tenant: Tenant, version: int) -> None:
        if version != tenant.version:
            raise PlatformError(1001, "The version does not match.", tenant.id)

    def add_tenant(
        self, parent: Tenant | None, name: str, kind: str, *, tenant_id: str | None = None, **fields: Any
    ) -> Tenant:
        """Put a tenant into the tree; no rules are checked."""
        now = self.clock.now()
        serial = self._next()
        tenant = Tenant(
            id=tenant_id or str(uuid.uuid5(NAMESPACE, f"created {serial}")),
            serial=serial,
            name=name,
            kind=kind,
            parent=parent,
            created_at=now,
            updated_at=now,
            **fields,
        )
        self.tenants[tenant.id] = tenant
        if parent is not None:
            parent.children[tenant.id] = tenant
        self._index_name(tenant)
        self.changes += 1
        self._shape += 1
        return tenant

    def add_user(
        self, tenant: Tenant, login: str, *, user_id: str | None = None, personal_id: str | None = None, **fields: Any
    ) -> User:
        """Add a user, and its personal tenant if the user is of a customer or unit (vendor's OpenAPI document)."""
        now = self.clock.now()
        serial = self._next()
        user = User(
            id=user_id or str(uuid.uuid5(NAMESPACE, f"created {serial}")),
            serial=serial,
            login=login,
            tenant=tenant,
            created_at=now,
            updated_at=now,
            **fields,
        )
        self.users[user.id] = user
        tenant.users[user.id] = user
        self._logins.setdefault(login.casefold(), {})[user.id] = user
        if tenant.kind in ("customer", "unit"):
            user.personal_tenant = self.add_tenant(tenant, login, "unit", tenant_id=personal_id, owner_id=user.id)
        self.changes += 1
        return user

    def add_client(self, tenant: Tenant, client_id: str, secret: str, name: str = "") -> Client:
        """Add an API client to a tenant."""
        client = Client(client_id, secret, tenant, self.clock.now(), name)
        self.clients[client_id] = client
        tenant.clients[client_id] = client
        self.all_secrets.append(secret)
        self.changes += 1
        return client

    def update_tenant(self, caller: Client, tenant_id: str, values: dict[str, Any]) -> Tenant:
        """Change the given keys of the vendor's ``tenantPut`` under its ``version``.

        Raises:
            PlatformError: 1005, 1002, 1011, 1012, 1001 in this order; then 1003, 1004, 1007, 1008, 1013, 1027.
        """
        tenant = self._living(caller, tenant_id)
        if "external_operation_status" not in values or self.is_deleting(tenant):
            self._check_idle(tenant)
        self._check_lock(caller, tenant)
        self._check_version(tenant, values["version"])
        self._check_update(caller, tenant, values)
        self._apply(tenant, values, caller.tenant.id, bump=self.switches.noop_put_raises_version)
        return tenant

    def _living(self, caller: Client, tenant_id: str, version_if_deleted: int | None = None) -> Tenant:
        """A tenant that is not deleted, for a write; switches about reading do not count here."""
        tenant = self.tenants.get(tenant_id)
        if tenant is None or self.is_hidden(tenant):
            raise self._not_found(tenant_id)
        self._check_reach(caller, tenant)
        if self.is_deleted(tenant):
            if version_if_deleted is not None:
                self._check_version(tenant, version_if_deleted)
            raise self._not_found(tenant_id)
        return tenant

    def _check_update(self, caller: Client, tenant: Tenant, values: dict[str, Any]) -> None:
        kind = values.get("kind", tenant.kind)
        if kind != tenant.kind and not {kind, tenant.kind} <= {"partner", "folder"}:
            raise PlatformError(1027, "The kind cannot be changed like this.", tenant.id)
        parent = tenant.parent
        if "parent_id" in values and (parent is None or values["parent_id"] != parent.id):
            parent = self._living(caller, values["parent_id"])
            self._check_move(tenant, parent)
        if values.get("enabled") and not all(above.enabled for above in tenant.ancestors()):
            raise PlatformError(1003, "The parent tenant is disabled.", tenant.id)
        if parent is not None and (values.get("name", tenant.name) != tenant.name or parent is not tenant.parent):
            self._check_name(parent, values.get("name", tenant.name), ignore=tenant)

    def _check_move(self, tenant: Tenant, target: Tenant) -> None:
        if target is tenant or tenant in target.ancestors():
            raise PlatformError(1007, "A tenant cannot move below itself.", tenant.id)
        if tenant.kind == "unit":
            raise PlatformError(1008, "A unit cannot move.", tenant.id)
        if not all(t.enabled for t in (target, *target.ancestors())):
            raise PlatformError(1013, "The target is disabled.", target.id)
        if target.kind not in ("partner", "folder"):
            raise PlatformError(1027, "The tenant cannot move there.", target.id)

    def _apply(self, tenant: Tenant, values: dict[str, Any], lock_owner_id: str | None, bump: bool) -> None:
        """Set fields; raise the version if something changed, or in any case if ``bump``."""
        changed = False
        new = {key: values[key] for key in (*PLAIN_FIELDS, "kind", "pricing_mode", "enabled") if key in values}
        if "external_operation_status" in values:
            status = values["external_operation_status"]
            new["external_operation_status"] = None if status == "no_operation" else status
        if "update_lock" in values:
            new["lock_owner_id"] = lock_owner_id if values["update_lock"]["enabled"] else None
        if "contact" in values:
            new["contact"] = {**tenant.contact, **values["contact"]}
        for key, value in new.items():
            if getattr(tenant, key) == value:
                continue
            changed = True
            if key == "name":
                self._unindex_name(tenant)
                tenant.name = value
                self._index_name(tenant)
            elif key == "enabled":
                tenant.enabled = value
                self._cascade(tenant)
            else:
                setattr(tenant, key, value)
                self._shape += key == "ancestral_access"
        if "enabled" in values:
            tenant.disabled_with = None
        if tenant.parent is not None and values.get("parent_id", tenant.parent.id) != tenant.parent.id:
            changed = True
            self._move(tenant, self.tenants[values["parent_id"]])
        if changed or bump:
            self._touch(tenant)

    def _move(self, tenant: Tenant, target: Tenant) -> None:
        assert tenant.parent is not None
        self._unindex_name(tenant)
        tenant.parent.children.pop(tenant.id)
        tenant.parent = target
        target.children[tenant.id] = tenant
        self._index_name(tenant)
        self._shape += 1

    def _cascade(self, tenant: Tenant) -> None:
        """What a change of ``enabled`` does to the tenants below; all of it is open in the vendor's documents."""
        flags = self.switches.child_flags_on_disable == "disabled"
        if not flags and not self.switches.disable_raises_child_versions:
            return
        mode = self.switches.child_flags_on_enable
        for below in tenant.subtree():
            if below is tenant or below.deletion is not None:
                continue
            before = below.enabled
            if flags and not tenant.enabled and below.enabled:
                below.enabled, below.disabled_with = False, tenant
            elif (
                flags
                and tenant.enabled
                and (mode == "enabled" or (mode == "restored" and below.disabled_with is tenant))
            ):
                below.enabled, below.disabled_with = True, None
            if below.enabled != before or self.switches.disable_raises_child_versions:
                self._touch(below)

    def delete_tenant(self, caller: Client, tenant_id: str, version: int) -> None:
        """Delete a disabled tenant and all below it.

        Raises:
            PlatformError: 1005, 1002, 1011, 1012, 1001, 1006 in this order.
        """
        tenant = self._living(caller, tenant_id, version if self.switches.delete_deleted == "version_first" else None)
        self._check_idle(tenant)
        self._check_lock(caller, tenant)
        self._check_version(tenant, version)
        if tenant.enabled:
            raise PlatformError(1006, "An enabled tenant cannot be deleted.", tenant_id)
        self._delete(tenant)

    def _delete(self, tenant: Tenant) -> None:
        now = self.clock.now()
        deletion = Deletion(now, now + self.switches.deletion_seconds)
        for below in tenant.subtree():
            if below.deletion is None:
                below.deletion = deletion
                self._touch(below)
                members: list[User | Client] = [*below.users.values(), *below.clients.values()]
                for item in members:
                    if item.deletion is None:
                        item.deletion = deletion

    def restore_tenant(self, caller: Client, tenant_id: str, force: bool = False) -> Tenant:
        """Bring a deleted tenant back, with what went in the same operation.

        Raises:
            PlatformError: 1005 if unknown, past recovery, not deleted (a switch) or if its parent is deleted; 1002;
                1011 while the deletion goes on; 1012; 1004 for a name or login taken since, unless ``force``.
        """
        tenant = self.tenants.get(tenant_id)
        if tenant is None or self.is_hidden(tenant):
            raise self._not_found(tenant_id)
        self._check_reach(caller, tenant)
        if tenant.deletion is None:
            if self.switches.restore_live == 409:
                raise PlatformError(409, "The tenant is not deleted.", tenant_id)
            raise self._not_found(tenant_id)
        if self.is_deleting(tenant):
            self._check_idle(tenant)
        if tenant.parent is not None and tenant.parent.deletion is not None:
            raise self._not_found(tenant.parent.id)
        self._check_lock(caller, tenant)
        self._restore(tenant, force)
        return tenant

    def _restore(self, tenant: Tenant, force: bool) -> None:
        deletion = tenant.deletion
        members = (
            [t for t in tenant.subtree() if t.deletion is deletion] if self.switches.restore_descendants else [tenant]
        )
        users = [u for t in members for u in t.users.values() if u.deletion is deletion]
        if not self.switches.restore_descendants:
            users = []
        if not force:
            if tenant.parent is not None:
                self._check_name(tenant.parent, tenant.name, ignore=tenant)
            if any(self._login_taken(user) for user in users):
                raise PlatformError(1004, "A login is taken.", tenant.id)
        if tenant.parent is not None:
            self._rename_free(tenant)
        for user in users:
            while self._login_taken(user):
                self._logins[user.login.casefold()].pop(user.id)
                user.login += "-restored"
                self._logins.setdefault(user.login.casefold(), {})[user.id] = user
            user.deletion = None
        for member in members:
            member.deletion, member.undone_deletion = None, deletion
            member.recovering_until = self.clock.now() + self.switches.restoration_seconds
            if self.switches.restore_descendants:
                for client in member.clients.values():
                    if client.deletion is deletion:
                        client.deletion = None
            version = member.version
            self._touch(member)
            if not self.switches.restore_raises_version:
                member.version = version
        tenant.enabled = self.switches.restored_enabled

    def _login_taken(self, user: User) -> bool:
        others = self._logins.get(user.login.casefold(), {}).values()
        return any(other is not user and other.deletion is None for other in others)

    def _rename_free(self, tenant: Tenant) -> None:
        assert tenant.parent is not None
        base, number = tenant.name, 1
        while True:
            try:
                self._check_name(tenant.parent, tenant.name, ignore=tenant)
                return
            except PlatformError:
                self._unindex_name(tenant)
                number += 1
                tenant.name = f"{base} ({number})"
                self._index_name(tenant)

    # -- another administrator --------------------------------------------------------------------------------------

    def interfere(
        self,
        tenant_id: str,
        *,
        values: dict[str, Any] | None = None,
        bump: bool = True,
        delete: bool = False,
        restore: bool = False,
    ) -> Tenant:
        """What another administrator does: no version guard, no lock, no rules.

        Args:
            tenant_id: the tenant to change.
            values: fields to set, see ``ADMIN_FIELDS``; ``version`` sets the version, ``update_lock`` may have an
                ``owner_id`` (default: the tenant itself).
            bump: raise the version even if nothing changes.
            delete: delete it, enabled or not.
            restore: restore it.

        Raises:
            KeyError: there is no such tenant, or no such new parent.
            ValueError: a field that cannot be set.
        """
        tenant = self.tenants[tenant_id]
        values = values or {}
        if not values.keys() <= ADMIN_FIELDS:
            raise ValueError(f"unknown fields {sorted(values.keys() - ADMIN_FIELDS)}; known: {sorted(ADMIN_FIELDS)}")
        if restore and tenant.deletion is not None:
            self._restore(tenant, force=True)
        if "parent_id" in values:
            self.tenants[values["parent_id"]]
        owner_id = values.get("update_lock", {}).get("owner_id") or tenant.id
        self._apply(tenant, values, owner_id, bump and not (delete or restore))
        if "version" in values:
            tenant.version = values["version"]
        if delete and tenant.deletion is None:
            self._delete(tenant)
        return tenant
