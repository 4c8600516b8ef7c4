# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects of the simulated platform: tenants, users, API clients, tokens, and the time they live in."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

RECOVERY_SECONDS = 30 * 24 * 3600
"""How long a deleted tenant can be restored (vendor's partner guide)."""

NAMESPACE = uuid.UUID("c0ffee00-5eed-5eed-8eed-5eed5eed5eed")
"""Root of all deterministic identifiers of the simulator."""

DEFAULT_IDP_ID = "11111111-1111-1111-1111-111111111111"

CHILD_KINDS = {
    "root": ("partner", "folder", "customer"),
    "partner": ("partner", "folder", "customer"),
    "folder": ("partner", "folder", "customer"),
    "customer": ("unit",),
    "unit": ("unit",),
}
"""Which kinds may sit directly below which (developer guide, creating and moving tenants)."""


class PlatformError(Exception):
    """The platform refuses an operation.

    Attributes:
        code: a platform code (1000 and above, vendor's error code table) or an HTTP status.
        tenant_id: the tenant concerned, if any.
    """

    def __init__(self, code: int, message: str, tenant_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.tenant_id = tenant_id


class NotAuthenticatedError(Exception):
    """The bearer token is unknown, expired or revoked, or its client or the client's tenant is disabled."""


class InvalidClientError(Exception):
    """The client credentials are wrong, or the client or its tenant is disabled."""


class Clock:
    """Unix time in seconds that can be moved forward and frozen."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._frozen_at: float | None = None

    def now(self) -> float:
        """The present, in Unix seconds."""
        return time.time() + self._offset if self._frozen_at is None else self._frozen_at

    def advance(self, seconds: float) -> None:
        """Move forward by ``seconds``."""
        self._offset += seconds
        if self._frozen_at is not None:
            self._frozen_at += seconds

    def freeze(self, frozen: bool = True) -> None:
        """Stop the clock at the present time, or let it run on from there."""
        if frozen and self._frozen_at is None:
            self._frozen_at = self.now()
        elif not frozen and self._frozen_at is not None:
            self._offset = self._frozen_at - time.time()
            self._frozen_at = None

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen_at is not None


@dataclass(eq=False)
class Deletion:
    """One deletion, shared by all that went with it. Times in Unix seconds."""

    started_at: float
    done_at: float

    def running(self, now: float) -> bool:
        """Whether deprovisioning still goes on."""
        return now < self.done_at

    def final(self, now: float) -> bool:
        """Whether the recovery period is over."""
        return now >= self.done_at + RECOVERY_SECONDS


@dataclass(eq=False)
class Tenant:
    """One tenant. ``parent`` is None for the root of the platform only. ``storage``: its own bytes in each storage."""

    id: str
    serial: int
    name: str
    kind: str
    parent: Tenant | None
    created_at: float
    updated_at: float
    version: int = 1
    enabled: bool = True
    customer_type: str = "default"
    customer_id: str | None = None
    internal_tag: str | None = None
    language: str = "en"
    default_idp_id: str = DEFAULT_IDP_ID
    owner_id: str | None = None
    lock_owner_id: str | None = None
    ancestral_access: bool = True
    pricing_mode: str = "trial"
    storage: tuple[int, ...] = ()
    external_operation_status: str | None = None
    recovering_until: float = 0
    undone_deletion: Deletion | None = None
    contact: dict[str, Any] = field(default_factory=dict)
    deletion: Deletion | None = None
    disabled_with: Tenant | None = None
    children: dict[str, Tenant] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    names: dict[str, dict[str, Tenant]] = field(default_factory=dict)

    def ancestors(self) -> Iterator[Tenant]:
        """The tenants above, nearest first."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    def subtree(self) -> Iterator[Tenant]:
        """This tenant and all below, whatever their state."""
        stack = [self]
        while stack:
            tenant = stack.pop()
            yield tenant
            stack.extend(tenant.children.values())

    @property
    def self_service(self) -> bool:
        """Whether administrators above see neither children nor users (developer guide; has no meaning for units)."""
        return not self.ancestral_access and self.kind != "unit"


@dataclass(eq=False)
class User:
    """One user account."""

    id: str
    serial: int
    login: str
    tenant: Tenant
    created_at: float
    updated_at: float
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    enabled: bool = True
    hidden: bool = False
    version: int = 1
    personal_tenant: Tenant | None = None
    deletion: Deletion | None = None


@dataclass(eq=False)
class Client:
    """One API client."""

    client_id: str
    secret: str
    tenant: Tenant
    created_at: float
    name: str = ""
    status: str = "enabled"
    last_access_at: float | None = None
    deletion: Deletion | None = None


@dataclass(eq=False)
class Token:
    """One access token; ``expires_at`` in Unix seconds."""

    value: str
    client: Client
    expires_at: float
    revoked: bool = False


@dataclass(frozen=True)
class Selection:
    """What a listing of tenants asks for; exactly one of the first three is set."""

    uuids: tuple[str, ...] | None = None
    parent_id: str | None = None
    subtree_root_id: str | None = None
    allow_deleted: bool = False
    updated_since: float | None = None
    relative_path: bool = False


Position = tuple[int, int]
"""Place in a listing: level below its root and serial number. Stays valid when tenants come and go."""
