# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults: what goes wrong on purpose, for which request, and how often."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from .platform import ADMIN_FIELDS, Platform

Shape = Literal["full", "string", "minimal", "flat", "html", "plain", "empty"]

SHAPES = ("full", "string", "minimal", "flat", "html", "plain", "empty")


class ConnectionDroppedError(Exception):
    """The connection is to be cut; the server and the in-process transport act on it."""


@dataclass
class Change:
    """What another administrator does to a tenant.

    Attributes:
        tenant_id: the tenant; none: the one that the request is about.
        set: fields, as for :meth:`Platform.interfere`.
        bump: raise the version even if nothing changes.
        delete: delete it.
        restore: restore it.
    """

    tenant_id: str | None = None
    set: dict[str, Any] = field(default_factory=dict)
    bump: bool = True
    delete: bool = False
    restore: bool = False

    def __post_init__(self) -> None:
        if not self.set.keys() <= ADMIN_FIELDS:
            raise ValueError(f"unknown fields {sorted(self.set.keys() - ADMIN_FIELDS)}; known: {sorted(ADMIN_FIELDS)}")

    def make(self, platform: Platform, tenant_id: str | None) -> None:
        """Do it.

        Raises:
            KeyError: there is no such tenant.
        """
        platform.interfere(
            self.tenant_id or tenant_id or "",
            values=self.set,
            bump=self.bump,
            delete=self.delete,
            restore=self.restore,
        )


@dataclass
class Fault:
    """One rule: which requests it meets, and what happens to them.

    Attributes:
        method: the method; none: any.
        path: a regular expression that is searched in the path without ``/api/2`` and without the query.
        query: a regular expression that is searched in the decoded query, such as ``uuids=a,b&allow_deleted=true``.
        skip: how many matching requests pass first.
        times: how many are met then; -1: all. Default 1, with ``every`` -1.
        every: meet only each n-th matching request.
        status: answer with this HTTP status instead of handling the request.
        code, message, shape: the error in that answer; ``shape`` is one of :data:`SHAPES`.
        headers: further headers of the answer, such as ``Retry-After``.
        body, content_type: a raw answer; goes with ``status`` (default 200).
        delay: seconds until the answer; the request takes effect before.
        drop: cut the connection ``before`` or ``after`` the request took effect.
        change: what another administrator does just before the request is handled.
        after_change: the same, just after.
        revoke_tokens: revoke every token just before.
        expires_in: lifetime in seconds of a token that is issued by the request.
    """

    method: str | None = None
    path: str = ""
    query: str = ""
    skip: int = 0
    times: int | None = None
    every: int = 1
    status: int | None = None
    code: int | str | None = None
    message: str = "Injected by the simulator."
    shape: str = "full"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    content_type: str = "application/json"
    delay: float = 0
    drop: str | None = None
    change: Change | None = None
    after_change: Change | None = None
    revoke_tokens: bool = False
    expires_in: float | None = None
    seen: int = 0
    met: int = 0

    def __post_init__(self) -> None:
        if self.drop not in (None, "before", "after"):
            raise ValueError("drop is 'before' or 'after'")
        if self.shape not in SHAPES:
            raise ValueError(f"shape is one of {SHAPES}")
        if self.every < 1 or self.skip < 0:
            raise ValueError("every must be 1 or more and skip 0 or more")
        if self.times is None:
            self.times = 1 if self.every == 1 else -1
        try:
            self._path, self._query = re.compile(self.path), re.compile(self.query)
        except re.error as error:
            raise ValueError(f"path or query is not a regular expression: {error}") from error

    @property
    def answers(self) -> bool:
        """Whether the request is answered without being handled."""
        return self.status is not None or self.body is not None

    def meets(self, method: str, path: str, query: str) -> bool:
        """Count a request, and tell whether it is one to act on."""
        if self.method and self.method.upper() != method:
            return False
        if not self._path.search(path) or not self._query.search(query):
            return False
        if self.times == self.met:
            return False
        self.seen += 1
        if self.seen <= self.skip or (self.seen - self.skip) % self.every:
            return False
        self.met += 1
        return True


def read_fault(document: Any) -> Fault:
    """A fault out of its document.

    Raises:
        ValueError: an unknown key or a value of the wrong kind.
    """
    if not isinstance(document, dict):
        raise ValueError("a fault is a mapping")
    values = dict(document)
    known = {item.name for item in fields(Fault)} - {"seen", "met"}
    if not values.keys() <= known:
        raise ValueError(f"unknown keys {sorted(values.keys() - known)}; known: {sorted(known)}")
    for key in ("change", "after_change"):
        if values.get(key) is not None:
            try:
                values[key] = Change(**values[key])
            except TypeError as error:
                raise ValueError(f"{key}: {error}") from error
    try:
        return Fault(**values)
    except TypeError as error:
        raise ValueError(str(error)) from error


class Faults:
    """The rules in force; the first that meets a request counts, later ones do not see that request."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def add(self, **values: Any) -> Fault:
        """Add a rule, see :class:`Fault`.

        Raises:
            ValueError: an unknown key or a wrong value.
        """
        rule = read_fault(values)
        self.rules.append(rule)
        return rule

    def take(self, method: str, path: str, query: str) -> Fault | None:
        """The rule that meets this request, if any."""
        return next((rule for rule in self.rules if rule.meets(method, path, query)), None)

    def as_list(self) -> list[dict[str, Any]]:
        """The rules with ``seen`` and ``met``, the numbers of requests that matched and that were acted on."""
        return [asdict(rule) for rule in self.rules]
